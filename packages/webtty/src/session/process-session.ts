/** Owns one process with what it printed: who reads it, who may stop it, and what becomes of it when they leave. */
import { AppError, type Exit, type Fd, FD, type Limits, type OpenRequest, type ProcessInfo } from '@towline/protocol'
import type { SignalName, SignalTarget, TtySize } from '@towline/protocol'
import type { Child, ChildEnd, ChildSink, ChildSpec } from '../process/child-types.ts'
import type { PipePool } from '../process/pipe-pool.ts'
import { sendSignal } from '../process/send-signal.ts'
import { startChild } from '../process/start-child.ts'
import { terminalSize } from '../process/terminal-size.ts'
import { Audience, type Role } from './audience.ts'
import { Ending, type Killer, stateOf } from './ending.ts'
import { type Leaving, Member, type MemberHost } from './member.ts'
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

/** How somebody takes part: the opener's credit stops the process, that of others never does. */
export interface Joining {
  readonly role: Role
  readonly sink: ProcessSink
  /** Absent for all output from the beginning. */
  readonly offsets?: Readonly<Partial<Record<Fd, number>>>
}

/** Starts the process. Throws as `startChild`. */
export const openProcess = async (parts: SessionParts): Promise<ProcessSession> => {
  const session = new ProcessSession(parts)
  await session.start()
  return session
}

/** A command has no terminal: nothing of it is drawn. */
const NO_TERMINAL: TtySize = { cols: 80, rows: 24 }

export class ProcessSession implements ChildSink, MemberHost {
  readonly #parts: SessionParts
  readonly #outputs: Outputs
  readonly #audience: Audience
  readonly #token = new ResumeToken()
  readonly #stdin: Stdin | undefined
  readonly #replies = new TerminalReplies()
  readonly #ended: Promise<void>
  #settle: () => void = () => {}
  #child: Child | undefined
  #ending: Ending | undefined
  #size: TtySize
  #detached: boolean
  /** How whoever holds the terminal came to it. */
  #heldAs: Role = 'opener'
  /** Output up to here was answered by another than the one with the token. */
  #answered = 0
  #graceTimer: NodeJS.Timeout | undefined
  #startedAtMs = 0
  /** The process is no more, though its output may not be read yet. */
  #gone = false
  /** Nobody's credit counts. */
  #free = false
  #exit: Exit | undefined

  constructor(parts: SessionParts) {
    this.#parts = parts
    const { request, spec, limits } = parts
    this.#outputs = openOutputs(request, limits)
    this.#audience = new Audience(limits.webttyParticipants)
    this.#size = spec.tty ?? NO_TERMINAL
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

  /** Only who opened, or came back by the token, gets one to come back with. Throws LIMIT_REACHED. */
  join({ role, sink, offsets }: Joining): Participation {
    const { draw, logs } = this.#outputs
    const watching = role === 'watcher'
    const answered = role === 'opener' ? this.#answered : this.#outputs.printed(FD.pty)
    const holding = this.#roleOf(role)
    const participant = new Participant({
      sink,
      watching,
      logs,
      offsets,
      snapshot: draw === undefined ? undefined : () => draw(this.#size),
      exit: () => this.#exit,
      moved: () => this.#steer(),
    })
    this.#audience.add(participant, holding)
    if (holding === 'opener') {
      this.#heldAs = role
      clearTimeout(this.#graceTimer)
    }
    this.#tellStdin(participant)
    participant.pump()
    this.#steer()
    const resumeToken = role === 'opener' ? this.#token.rotate() : ''
    return new Member({ host: this, participant, resumeToken, watching, answered })
  }

  /** Whoever comes hears how much input is taken, or that none is. */
  #tellStdin(participant: Participant): void {
    if (this.#stdin === undefined || this.#stdin.ended || !this.running) participant.stdinEnded(this.stdinOffset)
    else participant.stdinGranted(this.#stdin.max)
  }

  present(participant: Participant): boolean {
    return this.#audience.has(participant)
  }

  leave(participant: Participant, how: Leaving): void {
    if (!this.#audience.remove(participant)) return
    if (how === 'detach') this.#detached = true
    this.#steer()
    if (!this.running || (this.#detached && how !== 'cancel')) return
    if (how !== 'cut' || !this.#lingers) void this.end('cancel')
    else this.#graceTimer = setTimeout(() => void this.end('cancel'), this.#parts.limits.webttyDetachMs)
  }

  granted(): void {
    this.#steer()
  }

  /** Whether its client may come back to it after a cut. */
  get #lingers(): boolean {
    const { kind, linger } = this.#parts.request
    return kind === 'pty' || linger === true
  }

  /** A terminal that nobody holds is held by whoever comes, until the one with the token is back. */
  #roleOf(role: Role): Role {
    const { kind } = this.#parts.request
    return role === 'spectator' && kind === 'pty' && !this.#audience.attended ? 'opener' : role
  }

  // What the process says

  output(fd: Fd, bytes: Uint8Array): void {
    const log = this.#outputs.logs.find((one) => one.fd === fd)
    if (log === undefined) return
    log.kept.append(bytes)
    if (fd === FD.pty) this.#reply(bytes)
    this.#audience.pump()
    this.#steer()
  }

  ended(fd: Fd): void {
    for (const log of this.#outputs.logs) if (log.fd === fd) log.ended = true
    this.#audience.pump()
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
    this.#audience.pump()
    this.#settle()
    this.#parts.over()
  }

  // What is done to it

  /** Ends it with all it started; settles when its end is known. But for a timeout, nobody's credit counts any more. */
  async end(killer: Killer): Promise<void> {
    if (!this.running) return
    if (killer !== 'timeout') this.#free = true
    this.#steer()
    await Promise.all([this.#ending?.kill(killer), this.#ended])
  }

  get stdinOffset(): number {
    return this.#stdin?.next ?? 0
  }

  write(offset: number, bytes: Uint8Array): void {
    if (!this.#gone) this.#openedStdin().write(offset, bytes)
  }

  endStdin(finalOffset: number): void {
    if (!this.#gone) this.#openedStdin().end(finalOffset)
  }

  /** Who only looks on sees the size of the one who holds the terminal. */
  resize(participant: Participant, size: TtySize): void {
    if (!this.#audience.holds(participant)) return
    this.#size = terminalSize(size, this.#parts.limits)
    if (!this.#gone) this.#child?.resize(this.#size)
  }

  signal(name: SignalName, target: SignalTarget): void {
    if (this.#gone || this.#child === undefined) return
    if (sendSignal(this.#child.identity, name, target)) this.#ending?.sent(name)
  }

  /** Stops the streams of which the opener takes no more, and lets the others go on. */
  #steer(): void {
    const child = this.#child
    if (child === undefined) return
    const waits = this.#parts.request.linger === true && !this.#audience.attended
    for (const fd of child.fds) {
      const granted = waits ? 0 : this.#audience.room(fd)
      const room = this.#free ? Infinity : granted
      if (room > 0) child.resume(fd, room)
      else child.pause(fd)
    }
  }

  /** While the opener is away nobody's terminal answers. */
  #reply(bytes: Uint8Array): void {
    if (!this.#audience.attended || this.#heldAs !== 'opener') this.#answered = this.#outputs.printed(FD.pty)
    const replies = this.#replies.feed(bytes)
    if (replies === '' || this.#audience.attended || this.#gone) return
    this.#stdin?.writeOwn(Buffer.from(replies, 'latin1'))
  }

  #openStdin(windowBytes: number): Stdin {
    return new Stdin({
      id: this.#parts.processId,
      windowBytes,
      write: (bytes) => this.#child?.write(bytes),
      end: () => this.#child?.endStdin(),
      granted: (maxOffset) => this.#audience.stdinGranted(maxOffset),
    })
  }

  #openedStdin(): Stdin {
    if (this.#stdin === undefined)
      throw new AppError('PROCESS_TAKES_NO_INPUT', {
        id: this.#parts.processId,
        problem: 'it was started without any.',
      })
    return this.#stdin
  }
}
