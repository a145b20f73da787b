/** Owns one process with what it printed: who reads it, who may stop it, and what becomes of it when they leave. */
import { type Exit, type Fd, FD, type Limits, type OpenRequest, type ProcessInfo } from '@towline/protocol'
import type { SignalName, SignalTarget, TtySize } from '@towline/protocol'
import { AppError } from '@towline/protocol'
import type { Child, ChildEnd, ChildSink, ChildSpec } from '../process/child-types.ts'
import type { PipePool } from '../process/pipe-pool.ts'
import { sendSignal } from '../process/send-signal.ts'
import { startChild } from '../process/start-child.ts'
import { Ending, type Killer, stateOf } from './ending.ts'
import { openOutputs, type Outputs } from './outputs.ts'
import { Participant } from './participant.ts'
import { ResumeToken } from './resume-token.ts'
import type { Participation, ProcessSink } from './session-types.ts'
import { Stdin } from './stdin.ts'
import { TerminalReplies } from './terminal-replies.ts'

export interface SessionParts {
  readonly processId: string
  readonly sessionId: string
  readonly cookie: string
  readonly request: OpenRequest
  readonly spec: ChildSpec
  readonly pool: PipePool
  readonly limits: Limits
  readonly clock: () => number
  /** Once: it has ended, and its output is kept. */
  readonly over: () => void
}

/** How somebody takes part: the opener's credit stops the process, a spectator's never does. */
export interface Joining {
  readonly role: 'opener' | 'spectator'
  readonly sink: ProcessSink
  readonly offsets: Readonly<Partial<Record<Fd, number>>>
}

/** Starts the process. Throws as `startChild`. */
export const openProcess = async (parts: SessionParts): Promise<ProcessSession> => {
  const session = new ProcessSession(parts)
  await session.start()
  return session
}

export class ProcessSession implements ChildSink {
  readonly #parts: SessionParts
  readonly #outputs: Outputs
  readonly #participants = new Set<Participant>()
  readonly #token = new ResumeToken()
  readonly #stdin: Stdin | undefined
  readonly #replies = new TerminalReplies()
  readonly #ended: Promise<void>
  #settle: () => void = () => {}
  #child: Child | undefined
  #ending: Ending | undefined
  #opener: Participant | undefined
  #size: TtySize
  #detached: boolean
  #graceTimer: NodeJS.Timeout | undefined
  #startedAtMs = 0
  #gone = false
  #exit: Exit | undefined

  constructor(parts: SessionParts) {
    this.#parts = parts
    const { request, spec, limits } = parts
    this.#outputs = openOutputs(request, limits)
    this.#size = spec.tty ?? { cols: 80, rows: 24 }
    this.#detached = request.detach === true
    this.#stdin = spec.stdin === 'none' ? undefined : this.#openStdin(limits.webttyStdinWindow)
    this.#ended = new Promise((resolve) => (this.#settle = resolve))
  }

  async start(): Promise<void> {
    const { spec, pool, limits, clock, request, cookie } = this.#parts
    const child = await startChild({ spec, pool, limits, sink: this })
    this.#child = child
    this.#startedAtMs = Math.floor(clock())
    this.#ending = new Ending({
      request,
      limits,
      clock,
      startedAtMs: this.#startedAtMs,
      outputs: this.#outputs,
      tree: { leader: child.identity, cookie },
      over: (exit) => this.#over(exit),
    })
  }

  // What is known

  get pid(): number {
    return this.#child?.identity.pid ?? 0
  }

  get running(): boolean {
    return this.#exit === undefined
  }

  /** Bytes of output that memory holds. */
  get kept(): number {
    return this.#outputs.kept
  }

  get info(): ProcessInfo {
    const { processId, sessionId, request, spec } = this.#parts
    return {
      processId,
      sessionId,
      kind: request.kind,
      argv: spec.argv,
      cwd: spec.cwd,
      pid: this.pid,
      state: stateOf(this.#exit),
      ...(request.label === undefined ? {} : { label: request.label }),
      detached: this.#detached,
      startedAtMs: this.#startedAtMs,
      ...(this.#exit === undefined ? {} : { exit: this.#exit }),
    }
  }

  mayResume(token: string): boolean {
    return this.#token.matches(token)
  }

  // Who takes part

  /** An opener takes the place of the one before, of whom nothing more is heard. Throws LIMIT_REACHED. */
  join({ role, sink, offsets }: Joining): Participation {
    const { webttyParticipants: most } = this.#parts.limits
    if (role === 'opener') this.#dismissOpener()
    if (this.#participants.size >= most)
      throw new AppError('LIMIT_REACHED', { limit: 'webttyParticipants', value: most })
    const { draw } = this.#outputs
    const participant = new Participant({
      sink,
      logs: this.#outputs.logs,
      offsets,
      snapshot: draw === undefined ? undefined : () => draw(this.#size),
      exit: () => this.#exit,
      moved: () => this.#steer(),
    })
    this.#participants.add(participant)
    if (role === 'opener') this.#opener = participant
    if (this.#stdin !== undefined && this.running) participant.stdinGranted(this.#stdin.max)
    participant.pump()
    this.#steer()
    return this.#participation(participant)
  }

  #participation(participant: Participant): Participation {
    const { info, stdin } = { info: () => this.info, stdin: () => this.#stdin?.next ?? 0 }
    const resumeToken = participant === this.#opener ? this.#token.rotate() : ''
    const present = (act: () => void): void => {
      if (this.#participants.has(participant)) act()
    }
    const alive = (act: (child: Child) => void): void =>
      present(() => {
        if (this.#child !== undefined && !this.#gone) act(this.#child)
      })
    return {
      session: {
        get info() {
          return info()
        },
        get stdinOffset() {
          return stdin()
        },
        pid: this.pid,
        resumeToken,
      },
      grant: (fd, maxOffset) =>
        present(() => {
          participant.grant(fd, maxOffset)
          if (participant === this.#opener) this.#steer()
        }),
      write: (offset, bytes) => alive(() => this.#openedStdin().write(offset, bytes)),
      endStdin: (finalOffset) => alive(() => this.#openedStdin().end(finalOffset)),
      resize: (size) => alive((child) => this.#resize(child, size)),
      signal: (name, target) => alive((child) => this.#signal(child, name, target)),
      leave: (how) => present(() => this.#leave(participant, how)),
    }
  }

  #leave(participant: Participant, how: 'detach' | 'cut' | 'cancel'): void {
    const opened = participant === this.#opener
    participant.leave()
    this.#participants.delete(participant)
    if (!opened) return
    this.#opener = undefined
    if (how === 'detach') this.#detached = true
    this.#steer()
    if (!this.running || (this.#detached && how !== 'cancel')) return
    if (how === 'cancel' || this.#parts.request.kind === 'exec') void this.end('cancel')
    else this.#graceTimer = setTimeout(() => void this.end('cancel'), this.#parts.limits.webttyDetachMs)
  }

  #dismissOpener(): void {
    clearTimeout(this.#graceTimer)
    const before = this.#opener
    if (before === undefined) return
    before.leave()
    this.#participants.delete(before)
    this.#opener = undefined
  }

  // What the process says

  output(fd: Fd, bytes: Uint8Array): void {
    const log = this.#outputs.logs.find((one) => one.fd === fd)
    if (log === undefined) return
    log.kept.append(bytes)
    if (fd === FD.pty) this.#reply(bytes)
    for (const participant of this.#participants) participant.pump()
    this.#steer()
  }

  ended(fd: Fd): void {
    for (const log of this.#outputs.logs) if (log.fd === fd) log.ended = true
    for (const participant of this.#participants) participant.pump()
  }

  taken(count: number): void {
    this.#stdin?.taken(count)
  }

  gone(): void {
    this.#gone = true
  }

  exited(end: ChildEnd): void {
    void this.#ending?.exited(end)
  }

  #over(exit: Exit): void {
    this.#exit = exit
    clearTimeout(this.#graceTimer)
    for (const log of this.#outputs.logs) log.ended = true
    for (const participant of this.#participants) participant.pump()
    this.#settle()
    this.#parts.over()
  }

  // What is done to it

  /** Ends it with all it started; settles when its end is known. Nobody's credit counts any more. */
  async end(killer: Killer): Promise<void> {
    if (!this.running) return
    if (killer !== 'timeout') this.#dismissOpenerCredit()
    await Promise.all([this.#ending?.kill(killer), this.#ended])
  }

  #free = false

  #dismissOpenerCredit(): void {
    this.#free = true
    this.#steer()
  }

  /** Stops the streams of which the opener takes no more, and lets the others go on. */
  #steer(): void {
    const child = this.#child
    if (child === undefined) return
    for (const fd of child.fds) {
      if (this.#free || this.#opener === undefined || this.#opener.wants(fd)) child.resume(fd)
      else child.pause(fd)
    }
  }

  #resize(child: Child, size: TtySize): void {
    this.#size = size
    child.resize(size)
  }

  #signal({ identity }: Child, name: SignalName, target: SignalTarget): void {
    if (sendSignal(identity, name, target)) this.#ending?.sent(name)
  }

  /** While the opener is away nobody's terminal answers. */
  #reply(bytes: Uint8Array): void {
    const replies = this.#replies.feed(bytes)
    if (replies !== '' && this.#opener === undefined && !this.#gone)
      this.#stdin?.writeOwn(Buffer.from(replies, 'latin1'))
  }

  #openStdin(windowBytes: number): Stdin {
    return new Stdin({
      windowBytes,
      write: (bytes) => this.#child?.write(bytes),
      end: () => this.#child?.endStdin(),
      granted: (maxOffset) => {
        for (const participant of this.#participants) participant.stdinGranted(maxOffset)
      },
    })
  }

  #openedStdin(): Stdin {
    if (this.#stdin === undefined) throw new AppError('PROTOCOL_ERROR', { problem: 'the process has no input' })
    return this.#stdin
  }
}
