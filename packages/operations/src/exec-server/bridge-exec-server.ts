/**
 * Owns bringing the exec-server of another machine to whoever speaks to it here: its WebTTY server starts this very program there,
 * whose standard input and output are carried over, and over cuts, without a byte lost or twice.
 */
import type { Readable, Writable } from 'node:stream'
import { AppError, copyOf, type OpenRequest } from '@towline/protocol'
import { openTerminal, type Terminal } from '@towline/webtty'
import { type Machine, type MachineRequest, openMachine } from '../webtty/machine.ts'

export interface BridgeRequest extends MachineRequest {
  /** The folder there that clients are told. */
  readonly cwd?: string | undefined
  readonly input: Readable
  readonly output: Writable
  /** Its exec-server runs; also when it was come back to. */
  readonly reached?: (() => void) | undefined
}

/**
 * Resolves when the client is gone. Rejects with why the machine was not reached, EXEC_BRIDGE_UNSUPPORTED, or WEBTTY_LOST
 * when it could not be reached again.
 */
export const bridgeExecServer = async (ask: BridgeRequest): Promise<void> => {
  const machine = await openMachine(ask)
  try {
    const program = await programOf(machine, ask)
    const end = await carry(ask, machine, requestOf(program, ask))
    if (end.how === 'lost') throw machine.why(end.error)
    if (end.how === 'exited') throw new AppError('WEBTTY_LOST', { problem: 'the exec-server there has ended.' })
  } finally {
    await machine.close()
  }
}

const programOf = async (machine: Machine, { signal, url }: BridgeRequest): Promise<readonly string[]> => {
  const connection = await machine.connect(signal)
  const { program } = connection.server
  connection.close()
  if (program === undefined) throw new AppError('EXEC_BRIDGE_UNSUPPORTED', { url })
  return program
}

const requestOf = (program: readonly string[], { cwd }: BridgeRequest): OpenRequest => ({
  kind: 'exec',
  argv: [...program, 'exec-server', ...(cwd === undefined ? [] : ['--cwd', cwd])],
  ...(cwd !== undefined && { cwd }),
  stdin: 'pipe',
  linger: true,
  label: 'exec-server for Codex',
})

const carry = (ask: BridgeRequest, machine: Machine, request: OpenRequest): Terminal['done'] => {
  const { input, output, signal } = ask
  let expected = 0
  let broken = false
  const terminal = openTerminal({
    connect: (waiting) => machine.carrier(waiting),
    hello: machine.hello,
    request,
    sink: {
      output: (offset, bytes) => {
        // A line with a hole in it would be another line.
        if (offset !== expected) broken = true
        if (broken) return terminal.close()
        expected = offset + bytes.length
        const end = expected
        output.write(copyOf(bytes), () => terminal.consumed(end))
      },
      snapshot: () => undefined,
      drained: () => void input.resume(),
      state: (state) => {
        if (state === 'open') ask.reached?.()
      },
    },
  })
  const stop = (): void => terminal.close()
  input.on('data', (bytes: Buffer) => {
    if (!terminal.write(bytes)) input.pause()
  })
  input.once('end', stop)
  output.once('error', stop)
  signal.addEventListener('abort', stop, { once: true })
  return terminal.done.finally(() => {
    signal.removeEventListener('abort', stop)
    input.pause()
  })
}
