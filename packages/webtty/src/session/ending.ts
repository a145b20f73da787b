/** Owns the end of a process: who ended it and why, when its time is over, and what is said of it at last. */
import { type Exit, FD, type Limits, type ProcessState, type SignalName } from '@towline/protocol'
import type { ChildEnd } from '../process/child-types.ts'
import { ASK_COMMAND, ASK_TERMINAL, endTree } from '../process/end-tree.ts'
import { type Identity, isStill } from '../process/proc-stat.ts'
import type { SweepAsk } from '../process/process-sweep.ts'
import type { Outputs } from './outputs.ts'

/** Why we end a process. */
export type Killer = 'timeout' | 'cancel' | 'shutdown'

export interface EndingOptions {
  readonly request: { readonly kind: 'pty' | 'exec'; readonly timeoutMs?: number; readonly killGraceMs?: number }
  readonly limits: Limits
  readonly clock: () => number
  readonly startedAtMs: number
  readonly outputs: Outputs
  readonly tree: SweepAsk
  /** Once, when everything about the end is known. */
  readonly over: (exit: Exit) => void
}

/** The time of a process runs from its start. */
export class Ending {
  readonly #options: EndingOptions
  readonly #timer: NodeJS.Timeout | undefined
  readonly #sent = new Set<string>()
  #killer: Killer | undefined
  #killing: Promise<readonly Identity[]> | undefined
  #over = false

  constructor(options: EndingOptions) {
    this.#options = options
    const { timeoutMs } = options.request
    if (timeoutMs === undefined) return
    const ms = Math.min(Math.max(timeoutMs, 1), options.limits.webttyTimeoutMs)
    this.#timer = setTimeout(() => void this.kill('timeout'), ms)
  }

  /** A client sent this signal: if the process dies of it, that is why. */
  sent(name: SignalName): void {
    this.#sent.add(`SIG${name}`)
  }

  /** Ends the whole tree; a second reason does not replace the first. Settles when nothing more can be done. */
  async kill(killer: Killer): Promise<void> {
    if (this.#over) return
    this.#killer ??= killer
    this.#killing ??= this.#endTree()
    const survivors = await this.#killing
    // The kernel does not let go of the process: what is known is said, and no success with it.
    if (survivors.some(({ pid }) => pid === this.#options.tree.leader.pid))
      this.#say({ exitCode: null, signal: null, pipesHeldBy: [] }, survivors)
  }

  /** The process has ended and all of its output was read. */
  async exited(end: ChildEnd): Promise<void> {
    clearTimeout(this.#timer)
    const survivors = await this.#killing
    if (survivors === undefined) return this.#say(end, [])
    // Some that held the pipes when these were left were killed after.
    this.#say({ ...end, pipesHeldBy: end.pipesHeldBy.filter(isStill) }, survivors)
  }

  #endTree(): Promise<readonly Identity[]> {
    const { request, limits, tree } = this.#options
    const graceMs = Math.min(request.killGraceMs ?? limits.webttyKillGraceMs, limits.webttyKillGraceMaxMs)
    const ask = request.kind === 'pty' ? ASK_TERMINAL : ASK_COMMAND
    return endTree({ ...tree, ask, graceMs, limits })
  }

  #say({ exitCode, signal, pipesHeldBy }: ChildEnd, survivors: readonly Identity[]): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    const { outputs, startedAtMs, clock, over } = this.#options
    over({
      exitCode,
      signal,
      timedOut: this.#killer === 'timeout',
      killedBy: this.#killer ?? (signal !== null && this.#sent.has(signal) ? 'signal' : null),
      stdoutBytes: outputs.printed(FD.stdout) + outputs.printed(FD.pty),
      stderrBytes: outputs.printed(FD.stderr),
      durationMs: Math.max(0, Math.round(clock() - startedAtMs)),
      startedAtMs,
      pipesHeldBy: [...new Set([...pipesHeldBy, ...survivors].map(({ pid }) => pid))],
    })
  }
}

/** What a list says of an end. */
export const stateOf = (exit: Exit | undefined): ProcessState => {
  if (exit === undefined) return 'running'
  if (exit.timedOut) return 'timed_out'
  if (exit.killedBy !== null || exit.signal !== null) return 'killed'
  return 'exited'
}
