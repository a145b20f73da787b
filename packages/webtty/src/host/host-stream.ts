/** Owns one process of a connection at the host: its frames in, its output out, by absolute offsets. */
import { AppError, FD, type Exit, type Fd, LIMITS, type WebttyFrame } from '@towline/protocol'
import type { Participation, ProcessSink } from '../session/session-types.ts'
import type { Outbox } from '../wire/outbox.ts'

/** What a stream asks of its connection. */
export interface StreamHost {
  readonly outbox: Outbox
  /** How much output may be asked of a session beyond what it gave, so that all streams together stay bounded. */
  quantum(): number
  /** It wants to ask for output, in its turn. */
  wants(stream: HostStream): void
  over(stream: HostStream): void
}

interface Output {
  /** Granted by the client. */
  credit: number
  /** Asked of the session. */
  asked: number
  sent: number
}

/** Frames that may come before the process is there. */
const EARLY_FRAMES = 64
const SNAPSHOT_PART_BYTES = 48 * 1024

/** See {@link ProcessSink}: what it hears goes out as frames. */
export class HostStream implements ProcessSink {
  readonly id: number
  readonly #host: StreamHost
  readonly #outputs = new Map<Fd, Output>()
  #participation: Participation | undefined
  /** What came, or was heard, before the process was there. */
  #early: (() => void)[] = []
  #stdinMax = 0
  #received = 0
  #confirmed = 0
  #over = false

  constructor(id: number, host: StreamHost, offsets: Readonly<Partial<Record<Fd, number>>> = {}) {
    this.id = id
    this.#host = host
    for (const [fd, sent] of Object.entries(offsets))
      this.#outputs.set(Number(fd) as Fd, { credit: sent, asked: sent, sent })
  }

  // What the client sends

  /** Frames of this stream, but for OPEN and ATTACH. Throws AppError, which ends the stream. */
  receive(frame: WebttyFrame): void {
    if (this.#over) return
    if (frame.name === 'credit') return this.#onCredit(frame.body)
    if (this.#participation) return this.#apply(frame, this.#participation)
    if (this.#early.length >= EARLY_FRAMES) throw broken('too many frames before the process is there')
    if (frame.name === 'data') throw broken('input that was not granted')
    this.#early.push(() => this.receive(frame))
  }

  opened(participation: Participation): void {
    if (this.#over) return participation.leave('cut')
    const { session } = participation
    const { sessionId, processId } = session.info
    this.#participation = participation
    this.#received = session.stdinOffset
    const { pid, resumeToken, watching, answered } = session
    const body = {
      sessionId,
      processId,
      pid,
      resumeToken,
      ...(watching && { watching }),
      ...(answered > 0 && { answered }),
    }
    this.#host.outbox.control({ name: 'opened', stream: this.id, body })
    const early = this.#early
    this.#early = []
    for (const run of early) run()
    this.#want()
  }

  /** Leaves without a word: the connection is gone, or the stream is told otherwise. */
  end(how: Parameters<Participation['leave']>[0]): void {
    if (this.#over) return
    this.#over = true
    this.#early = []
    this.#host.over(this)
    this.#participation?.leave(how)
  }

  /** Ends this stream alone, and says why. */
  fail(error: AppError): void {
    if (this.#over) return
    const { code, message, details } = error
    this.#host.outbox.control({ name: 'reset', stream: this.id, body: { code, message, details } })
    this.end('cut')
  }

  /** Asks the session for output up to what the client granted, a part at a time. */
  ask(): void {
    const quantum = this.#host.quantum()
    for (const [fd, output] of this.#outputs) {
      if (!lacks(output, quantum)) continue
      output.asked = Math.min(output.credit, output.sent + quantum)
      this.#participation?.grant(fd, output.asked)
    }
  }

  // What the session says

  output(fd: Fd, offset: number, bytes: Uint8Array): void {
    if (this.#over) return
    const output = this.#output(fd)
    this.#host.outbox.data(this.id, { fd, offset, bytes })
    output.sent = offset + bytes.length
    if (output.sent >= output.credit) this.#host.outbox.hurry()
    if (lacks(output, this.#host.quantum())) this.#want()
  }

  snapshot({ offset, cols, rows, data }: Parameters<ProcessSink['snapshot']>[0]): void {
    if (this.#over) return
    if (!this.#participation) return void this.#early.push(() => this.snapshot({ offset, cols, rows, data }))
    const output = this.#output(FD.pty)
    output.sent = offset
    output.asked = Math.max(output.asked, offset)
    const all = new TextEncoder().encode(data)
    let from = 0
    do {
      const bytes = all.subarray(from, from + SNAPSHOT_PART_BYTES)
      from += SNAPSHOT_PART_BYTES
      const body = { offset, cols, rows, last: from >= all.length, bytes }
      this.#host.outbox.ordered({ name: 'snapshot', stream: this.id, body })
    } while (from < all.length)
    this.#want()
  }

  ended(fd: Fd, finalOffset: number): void {
    this.#say({ name: 'eof', stream: this.id, body: { fd, offset: finalOffset } })
  }

  exited(exit: Exit): void {
    if (!this.#participation && !this.#over) return void this.#early.push(() => this.exited(exit))
    this.#say({ name: 'exit', stream: this.id, body: exit })
    this.end('detach')
  }

  stdinGranted(maxOffset: number): void {
    this.#stdinMax = Math.max(this.#stdinMax, maxOffset)
    if (this.#participation) this.#confirm()
    else this.#early.push(() => this.#confirm())
  }

  #say(frame: WebttyFrame): void {
    if (this.#over) return
    if (this.#participation) this.#host.outbox.ordered(frame)
    else this.#early.push(() => this.#say(frame))
  }

  #apply(frame: WebttyFrame, participation: Participation): void {
    switch (frame.name) {
      case 'data':
        return this.#onInput(participation, frame.body)
      case 'eof':
        return participation.endStdin(frame.body.offset)
      case 'resize':
        return participation.resize(frame.body)
      case 'signal':
        return participation.signal(frame.body.name, frame.body.target)
      case 'reset':
        return this.end('cancel')
      case 'detach':
        this.#host.outbox.control({ name: 'detach', stream: this.id, body: null })
        return this.end('detach')
      default:
        throw broken(`a frame ${frame.name} on an open stream`)
    }
  }

  #onInput(participation: Participation, { fd, offset, bytes }: { fd: Fd; offset: number; bytes: Uint8Array }): void {
    const end = offset + bytes.length
    if (fd !== FD.stdin) throw broken(`input on fd ${fd}`)
    if (end > this.#stdinMax) throw broken('input that was not granted')
    participation.write(offset, bytes)
    this.#received = Math.max(this.#received, end)
    if (this.#received - this.#confirmed >= LIMITS.webttyConfirmBytes) this.#confirm()
  }

  #confirm(): void {
    if (this.#over) return
    this.#confirmed = this.#received
    const body = { fd: FD.stdin, max: this.#stdinMax, received: this.#received }
    this.#host.outbox.control({ name: 'credit', stream: this.id, body })
  }

  #onCredit({ fd, max }: { fd: Fd; max: number }): void {
    if (fd === FD.stdin) throw broken('credit for input from a client')
    const output = this.#output(fd)
    output.credit = Math.max(output.credit, max)
    if (this.#participation) this.#want()
  }

  #want(): void {
    if (!this.#over) this.#host.wants(this)
  }

  #output(fd: Fd): Output {
    const known = this.#outputs.get(fd)
    if (known) return known
    const fresh = { credit: 0, asked: 0, sent: 0 }
    this.#outputs.set(fd, fresh)
    return fresh
  }
}

/** Half of what was asked for came, and the client takes more. */
const lacks = ({ credit, asked, sent }: Output, quantum: number): boolean =>
  asked < credit && asked - sent <= quantum / 2

const broken = (problem: string): AppError => new AppError('PROTOCOL_ERROR', { problem })
