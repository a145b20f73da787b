/** Owns one command that a client runs by itself: its output up to a bound, its time, its end. */
import { LIMITS, type ProcessStream, type SandboxContext } from '@towline/protocol'
import type { CommandStart, Environment, RunningCommand } from '../environments/environment.ts'

/** As shells tell it. */
const TIMED_OUT = 124

export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

interface Caps {
  readonly outputBytesCap?: number | null | undefined
  readonly disableOutputCap: boolean
  readonly timeoutMs?: number | null | undefined
  readonly disableTimeout: boolean
}

export interface ClientCommandOptions
  extends Pick<CommandStart, 'argv' | 'cwd' | 'tty' | 'stdin' | 'env' | 'envPolicy'> {
  readonly sandbox: SandboxContext | null
  readonly caps: Caps
  /** Hears output as it comes; it is not in the result then. */
  readonly told: ((delta: OutputDelta) => void) | undefined
}

export interface OutputDelta {
  readonly stream: 'stdout' | 'stderr'
  readonly deltaBase64: string
  /** More follows that is left out. */
  readonly capReached: boolean
}

type Name = OutputDelta['stream']

export class ClientCommand {
  readonly #options: ClientCommandOptions
  readonly #kept: Record<Name, Buffer[]> = { stdout: [], stderr: [] }
  readonly #left: Record<Name, number>
  readonly #reached: Record<Name, boolean> = { stdout: false, stderr: false }
  #running: RunningCommand | undefined
  #timer: NodeJS.Timeout | undefined
  #isLate = false
  #isEnding = false

  constructor(options: ClientCommandOptions) {
    this.#options = options
    const { disableOutputCap, outputBytesCap } = options.caps
    const most = disableOutputCap ? Number.POSITIVE_INFINITY : (outputBytesCap ?? LIMITS.appServerCommandBytes)
    this.#left = { stdout: most, stderr: most }
  }

  /** Whether some of the output was left out. */
  get reached() {
    return { stdoutCapReached: this.#reached.stdout, stderrCapReached: this.#reached.stderr }
  }

  /** Until it has ended. Rejects as `Environment.start`, and when the machine was lost. */
  async run(environment: Environment): Promise<CommandResult> {
    const { started, done } = this.begin(environment)
    await started
    return await done
  }

  begin(environment: Environment): { readonly started: Promise<void>; readonly done: Promise<CommandResult> } {
    const { argv, cwd, tty, stdin, env, envPolicy, sandbox } = this.#options
    let settle: { readonly done: (result: CommandResult) => void; readonly fail: (error: Error) => void } | undefined
    const over = new Promise<CommandResult>((done, fail) => {
      settle = { done, fail }
    })
    over.catch(() => undefined)
    const start = async (): Promise<void> => {
      this.#running = await environment.start(
        { argv, cwd, tty, stdin, env, envPolicy, sandbox },
        {
          output: (stream, bytes) => this.#output(stream, bytes),
          exited: (code) => settle?.done(this.#ended(code)),
          lost: (error) => settle?.fail(error),
        },
      )
      if (this.#isEnding) await this.#running.terminate()
      else this.#watchTime()
    }
    const started = start().catch((error: unknown) => {
      settle?.fail(error as Error)
      throw error
    })
    return { started, done: over }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#running?.write(bytes)
  }

  async terminate(): Promise<object> {
    this.#isEnding = true
    await this.#running?.terminate()
    return {}
  }

  close(): void {
    void this.terminate().catch(() => undefined)
  }

  #watchTime(): void {
    const { timeoutMs, disableTimeout } = this.#options.caps
    if (disableTimeout) return
    this.#timer = setTimeout(() => {
      this.#isLate = true
      this.close()
    }, timeoutMs ?? LIMITS.appServerCommandMs)
  }

  #output(stream: ProcessStream, bytes: Uint8Array): void {
    const name = stream === 'stderr' ? 'stderr' : 'stdout'
    const taken = Buffer.from(bytes.subarray(0, this.#left[name]))
    if (this.#reached[name]) return
    this.#left[name] -= taken.length
    const capReached = taken.length < bytes.length
    this.#reached[name] = capReached
    const { told } = this.#options
    if (told) told({ stream: name, deltaBase64: taken.toString('base64'), capReached })
    else this.#kept[name].push(taken)
  }

  #ended(exitCode: number): CommandResult {
    clearTimeout(this.#timer)
    const text = (name: Name): string => Buffer.concat(this.#kept[name]).toString()
    return { exitCode: this.#isLate ? TIMED_OUT : exitCode, stdout: text('stdout'), stderr: text('stderr') }
  }
}
