/** Owns dialing the exec-server of another machine: what `towline exec-server bridge` carries for Codex, for a program of ours. */
import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { MachineRequest } from '../webtty/machine.ts'
import { bridgeExecServer } from './bridge-exec-server.ts'

export interface DialRequest extends Omit<MachineRequest, 'signal'> {
  /** Ends the dialing only. */
  readonly signal: AbortSignal
  /** The folder there that clients are told. */
  readonly cwd?: string | undefined
}

/** Lines both ways, over cuts of the network too. Destroying `output` ends what was started there. */
export interface DialedExecServer {
  /** What it says; destroyed with why it was lost. */
  readonly output: Readable
  readonly input: Writable
}

/** Rejects with why the machine was not reached, or EXEC_BRIDGE_UNSUPPORTED. */
export const dialExecServer = async ({ signal, ...ask }: DialRequest): Promise<DialedExecServer> => {
  signal.throwIfAborted()
  const [input, output] = [new PassThrough(), new PassThrough()]
  const life = new AbortController()
  const abort = (): void => life.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await new Promise<void>((reached, failed) => {
      bridgeExecServer({ ...ask, signal: life.signal, input, output, reached }).then(
        () => output.end(),
        (error: Error) => {
          failed(error)
          output.destroy(error)
        },
      )
    })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
  output.once('close', () => life.abort(new Error('it was closed')))
  // Whoever reads hears of it by the end.
  output.on('error', () => undefined)
  return { input, output }
}
