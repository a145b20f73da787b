/** Owns a terminal on a machine, through whatever cuts it. */
import type { OpenRequest } from '@towline/protocol'
import { openTerminal, type Terminal, type TerminalEnd, type TerminalSink } from '@towline/webtty'
import { type MachineRequest, openMachine } from './machine.ts'

export interface TerminalRequest extends MachineRequest {
  readonly request: OpenRequest
  /** Comes back to a process instead of starting one. */
  readonly processId?: string | undefined
  readonly sink: TerminalSink
  /** Called once, with the terminal that `sink` hears. */
  readonly onTerminal: (terminal: Terminal) => void
}

/**
 * Answers how it ended. Rejects with why the machine was not reached the first time. `signal` ends the program there.
 */
export const terminalOn = async (ask: TerminalRequest): Promise<TerminalEnd> => {
  const { request, processId, sink, signal, onTerminal } = ask
  const machine = await openMachine(ask)
  try {
    const terminal = openTerminal({
      connect: (waiting) => machine.carrier(waiting),
      hello: machine.hello,
      request,
      ...(processId !== undefined && { resume: { processId, offset: 0 } }),
      sink,
    })
    const stop = (): void => terminal.close()
    signal.addEventListener('abort', stop, { once: true })
    onTerminal(terminal)
    const end = await terminal.done
    signal.removeEventListener('abort', stop)
    return end.how === 'lost' ? { how: 'lost', error: (machine.why(end.error) as typeof end.error) ?? end.error } : end
  } finally {
    await machine.close()
  }
}
