/** Owns starting a command that goes on without anybody watching. */
import type { Opened, OpenRequest } from '@towline/protocol'
import { type MachineRequest, openMachine } from './machine.ts'

/** A command that was left running. */
export type Detached = Pick<Opened, 'processId' | 'pid'> & { readonly url: string }

/** Answers when it runs. Rejects with why it does not. */
export const detachOn = async (ask: MachineRequest & { readonly request: OpenRequest }): Promise<Detached> => {
  const machine = await openMachine(ask)
  try {
    const connection = await machine.connect(ask.signal)
    const process = connection.open({ ...ask.request, detach: true }, { sink: { output: () => undefined } })
    const { processId, pid } = await process.opened
    await process.detach()
    connection.close()
    return { url: ask.url, processId, pid }
  } catch (error) {
    throw machine.why(error)
  } finally {
    await machine.close()
  }
}
