/** Owns a short question to a machine: one connection, closed whatever comes. */
import type { WebttyConnection } from '@towline/webtty'
import { type MachineRequest, openMachine } from './machine.ts'

/** Asks over one connection and closes everything. */
export const withConnection = async <T>(
  request: MachineRequest,
  ask: (connection: WebttyConnection) => Promise<T>,
): Promise<T> => {
  const machine = await openMachine(request)
  try {
    const connection = await machine.connect(request.signal)
    try {
      return await ask(connection)
    } catch (error) {
      throw machine.why(error)
    } finally {
      connection.close()
    }
  } finally {
    await machine.close()
  }
}

/** What `wait` answers, or the reason of `signal` when that comes first. */
export const orAbort = async <T>(wait: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted()
  let stop = (): void => {}
  const aborted = new Promise<never>((_, fail) => {
    stop = () => fail(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([wait, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
