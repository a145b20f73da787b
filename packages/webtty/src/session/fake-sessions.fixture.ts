/** Owns scripted processes for tests of the wire: what they print is said by the test, and kept by offset. */
import {
  AppError,
  type Exit,
  FD,
  type Fd,
  type OpenRequest,
  type ProcessInfo,
  type SignalName,
  type TtySize,
} from '@towline/protocol'
import type { Participation, ProcessSink, Sessions } from './session-types.ts'

const EXIT: Exit = {
  exitCode: 0,
  signal: null,
  timedOut: false,
  killedBy: null,
  stdoutBytes: 0,
  stderrBytes: 0,
  durationMs: 1,
  startedAtMs: 1_700_000_000_000,
  pipesHeldBy: [],
}

/** Input that a fake takes beyond what it has. */
const INPUT_WINDOW = 64 * 1024

interface Cursor {
  readonly sink: ProcessSink
  readonly granted: Map<Fd, number>
  readonly sent: Map<Fd, number>
  readonly eofs: Set<Fd>
  exited: boolean
}

/** One process that a test plays. */
export class FakeProcess {
  readonly request: OpenRequest
  readonly info: ProcessInfo
  readonly done: string[] = []
  token = 0
  input = Buffer.alloc(0)
  inputEnd: number | undefined
  /** Copies of input below what was had before. */
  repeated = 0
  /** Runs after each write of input. */
  onInput: (bytes: Uint8Array) => void = () => {}
  onDone: () => void = () => {}
  readonly #outputs = new Map<Fd, Buffer>()
  /** Bytes before this are no longer kept. */
  readonly #dropped = new Map<Fd, number>()
  readonly #ended = new Set<Fd>()
  #exit: Exit | undefined
  readonly cursors = new Set<Cursor>()

  /** What it says of old output to who comes. */
  answered = 0

  constructor(request: OpenRequest, id: string) {
    this.request = request
    this.info = {
      processId: id,
      sessionId: `ses_${id}`,
      kind: request.kind,
      argv: request.argv ?? [],
      cwd: '/',
      pid: 4711,
      state: 'running',
      detached: request.detach ?? false,
      startedAtMs: EXIT.startedAtMs,
    }
  }

  prints(fd: Fd, bytes: Uint8Array | string): void {
    const more = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    this.#outputs.set(fd, Buffer.concat([this.#outputs.get(fd) ?? Buffer.alloc(0), more]))
    this.#run()
  }

  /** Forgets output before `offset`. */
  drops(fd: Fd, offset: number): void {
    this.#dropped.set(fd, offset)
  }

  exits(exit: Partial<Exit> = {}): void {
    this.#exit = { ...EXIT, ...exit, stdoutBytes: this.#size(FD.stdout), stderrBytes: this.#size(FD.stderr) }
    for (const fd of this.fds) this.#ended.add(fd)
    this.#run()
  }

  get fds(): readonly Fd[] {
    return this.request.kind === 'pty' ? [FD.pty] : [FD.stdout, FD.stderr]
  }

  join(sink: ProcessSink, offsets: Readonly<Partial<Record<Fd, number>>>): Participation {
    const cursor: Cursor = {
      sink,
      granted: new Map(),
      sent: new Map(this.fds.map((fd) => [fd, offsets[fd] ?? 0])),
      eofs: new Set(),
      exited: false,
    }
    this.cursors.add(cursor)
    this.token++
    sink.stdinGranted(this.input.length + INPUT_WINDOW)
    queueMicrotask(() => this.#run())
    const had = (): number => this.input.length
    return {
      session: {
        info: this.info,
        pid: this.info.pid,
        resumeToken: `token-${this.token}`,
        watching: false,
        answered: this.answered,
        get stdinOffset() {
          return had()
        },
      },
      grant: (fd, max) => {
        cursor.granted.set(fd, Math.max(max, cursor.granted.get(fd) ?? 0))
        this.#advance(cursor)
      },
      write: (offset, bytes) => this.#take(offset, bytes),
      endStdin: (offset) => {
        this.inputEnd = offset
        this.#did(`end ${offset}`)
      },
      resize: (size: TtySize) => this.#did(`resize ${JSON.stringify(size)}`),
      signal: (name: SignalName, target) => this.#did(`signal ${name} ${target}`),
      leave: (how) => {
        this.cursors.delete(cursor)
        this.#did(`leave ${how}`)
      },
    }
  }

  #did(what: string): void {
    this.done.push(what)
    this.onDone()
  }

  #take(offset: number, bytes: Uint8Array): void {
    const had = this.input.length
    if (offset > had)
      throw new AppError('PROTOCOL_ERROR', { problem: `input from ${offset} on, but only ${had} came before` })
    const fresh = bytes.subarray(Math.min(had - offset, bytes.length))
    this.repeated += bytes.length - fresh.length
    this.input = Buffer.concat([this.input, fresh])
    if (fresh.length > 0) this.onInput(fresh)
    for (const { sink } of this.cursors) sink.stdinGranted(this.input.length + INPUT_WINDOW)
    this.onDone()
  }

  #size(fd: Fd): number {
    return this.#outputs.get(fd)?.length ?? 0
  }

  #run(): void {
    for (const cursor of [...this.cursors]) this.#advance(cursor)
  }

  #advance(cursor: Cursor): void {
    for (const fd of this.fds) this.#send(cursor, fd)
    if (!this.#exit || cursor.exited || cursor.eofs.size < this.fds.length) return
    cursor.exited = true
    this.cursors.delete(cursor)
    cursor.sink.exited(this.#exit)
  }

  #send(cursor: Cursor, fd: Fd): void {
    this.#skip(cursor, fd)
    const sent = cursor.sent.get(fd) ?? 0
    const end = Math.min(this.#size(fd), cursor.granted.get(fd) ?? 0, sent + 64 * 1024)
    if (end > sent) {
      cursor.sent.set(fd, end)
      cursor.sink.output(fd, sent, (this.#outputs.get(fd) as Buffer).subarray(sent, end))
      return this.#send(cursor, fd)
    }
    if (!this.#ended.has(fd) || sent < this.#size(fd) || cursor.eofs.has(fd)) return
    cursor.eofs.add(fd)
    cursor.sink.ended(fd, sent)
  }

  #skip(cursor: Cursor, fd: Fd): void {
    const dropped = this.#dropped.get(fd) ?? 0
    if ((cursor.sent.get(fd) ?? 0) >= dropped) return
    cursor.sent.set(fd, dropped)
    if (fd === FD.pty) cursor.sink.snapshot({ offset: dropped, cols: 80, rows: 24, data: `screen at ${dropped}` })
    else cursor.sink.output(fd, dropped, new Uint8Array(0))
  }
}

/** A `Sessions` whose processes tests play; `play` runs for each new one. */
export class FakeSessions implements Sessions {
  readonly all = new Map<string, FakeProcess>()
  play: (process: FakeProcess) => void = () => {}
  /** Thrown by the next open. */
  refusal: Error | undefined

  open(request: OpenRequest, sink: ProcessSink): Promise<Participation> {
    const { refusal } = this
    if (refusal) return Promise.reject(refusal)
    const id = request.processId ?? `prc_${this.all.size + 1}`
    const known = this.all.get(id)
    const process = known ?? new FakeProcess(request, id)
    this.all.set(id, process)
    const participation = process.join(sink, {})
    if (!known) queueMicrotask(() => this.play(process))
    return Promise.resolve(participation)
  }

  attach({ processId, resumeToken, offsets, sink }: Parameters<Sessions['attach']>[0]): Promise<Participation> {
    const process = this.all.get(processId)
    if (!process) return Promise.reject(new AppError('TUNNEL_UNKNOWN'))
    // The one before counts until the newest was used: the answer that told it may have been lost.
    const good = [process.token, process.token - 1].map((at) => `token-${at}`)
    if (resumeToken !== undefined && !good.includes(resumeToken))
      return Promise.reject(new AppError('FORBIDDEN', { permission: 'this session' }))
    return Promise.resolve(process.join(sink, offsets))
  }

  list(): readonly ProcessInfo[] {
    return [...this.all.values()].map(({ info }) => info)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
