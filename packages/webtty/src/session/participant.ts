/** Owns how far one participant has read a process: its cursors, what it granted, and what it is owed before the end. */
import { type Exit, type Fd, FD } from '@towline/protocol'
import type { ProcessSink } from './session-types.ts'
import type { OutputLog } from './output-log.ts'

export type Snapshot = Parameters<ProcessSink['snapshot']>[0]

export interface ParticipantOptions {
  readonly sink: ProcessSink
  /** Who only watches is never granted input. */
  readonly watching: boolean
  readonly logs: readonly OutputLog[]
  /** Which outputs it wants, by fd, and where each goes on; absent for all from the beginning. */
  readonly offsets: Readonly<Partial<Record<Fd, number>>> | undefined
  /** Absent where a gap is told by its offset alone, as for commands. */
  readonly snapshot: (() => Promise<Snapshot>) | undefined
  /** How the process ended, once it is known. */
  readonly exit: () => Exit | undefined
  /** It reads on after it waited for a snapshot. */
  readonly moved: () => void
}

interface Cursor {
  readonly log: OutputLog
  at: number
  granted: number
  /** It knows that the stream has ended. */
  told: boolean
}

/** Never waits for others, and others never for it; whether the process does is the business of the session. */
export class Participant {
  readonly #options: ParticipantOptions
  readonly #cursors: ReadonlyMap<Fd, Cursor>
  #state: 'reading' | 'drawing' | 'left' = 'reading'
  #pumping = false
  #exited = false

  constructor(options: ParticipantOptions) {
    this.#options = options
    const wanted = options.logs.filter(({ fd }) => options.offsets === undefined || fd in options.offsets)
    const cursors = wanted.map((log): readonly [Fd, Cursor] => {
      const at = Math.min(options.offsets?.[log.fd] ?? 0, log.kept.end)
      return [log.fd, { log, at, granted: at, told: false }]
    })
    this.#cursors = new Map(cursors)
  }

  /** How much it takes of what is printed next; what it does not want stops nothing. */
  room(fd: Fd): number {
    if (this.#state !== 'reading') return 0
    const cursor = this.#cursors.get(fd)
    return cursor === undefined ? Infinity : Math.max(cursor.granted - cursor.log.kept.end, 0)
  }

  grant(fd: Fd, maxOffset: number): void {
    const cursor = this.#cursors.get(fd)
    if (cursor === undefined) return
    cursor.granted = Math.max(cursor.granted, maxOffset)
    this.pump()
  }

  stdinGranted(maxOffset: number): void {
    const { sink, watching } = this.#options
    if (this.#state !== 'left' && !watching) sink.stdinGranted(maxOffset)
  }

  stdinEnded(finalOffset: number): void {
    if (this.#state !== 'left') this.#options.sink.ended(FD.stdin, finalOffset)
  }

  leave(): void {
    this.#state = 'left'
  }

  /** Hands on what is there and granted. A sink may grant more meanwhile. */
  pump(): void {
    if (this.#pumping || this.#state !== 'reading') return
    this.#pumping = true
    try {
      for (const cursor of this.#cursors.values()) this.#pumpOne(cursor)
    } finally {
      this.#pumping = false
    }
    this.#tellExit()
  }

  #pumpOne(cursor: Cursor): void {
    const { sink } = this.#options
    const { log } = cursor
    while (this.#state === 'reading' && cursor.at < Math.min(cursor.granted, log.kept.end)) {
      if (!this.#skipForgotten(cursor)) return
      const bytes = log.kept.read(cursor.at, cursor.granted - cursor.at)
      const offset = cursor.at
      if (bytes.length === 0) break
      cursor.at += bytes.length
      sink.output(log.fd, offset, bytes)
    }
    if (this.#state !== 'reading' || !log.ended || cursor.told || cursor.at < log.kept.end) return
    cursor.told = true
    sink.ended(log.fd, log.kept.end)
  }

  /** False when it must wait. Where nothing is drawn, an output without bytes tells how far it was taken. */
  #skipForgotten(cursor: Cursor): boolean {
    const { snapshot } = this.#options
    const kept = cursor.log.kept.seek(cursor.at)
    if (kept === cursor.at) return true
    if (snapshot === undefined) return this.#jump(cursor, kept)
    this.#state = 'drawing'
    void snapshot().then(
      (drawn) => this.#drawn(cursor, drawn),
      () => this.#drawn(cursor, undefined),
    )
    return false
  }

  #jump(cursor: Cursor, offset: number): boolean {
    cursor.at = offset
    this.#options.sink.output(cursor.log.fd, offset, new Uint8Array())
    return cursor.granted > offset
  }

  /** What cannot be drawn is left out. */
  #drawn(cursor: Cursor, drawn: Snapshot | undefined): void {
    if (this.#state !== 'drawing') return
    this.#state = 'reading'
    if (drawn === undefined) this.#jump(cursor, cursor.log.kept.seek(cursor.at))
    else {
      cursor.at = drawn.offset
      this.#options.sink.snapshot(drawn)
    }
    this.pump()
    this.#options.moved()
  }

  #tellExit(): void {
    const exit = this.#options.exit()
    if (this.#exited || this.#state !== 'reading' || exit === undefined) return
    if (![...this.#cursors.values()].every(({ told }) => told)) return
    this.#exited = true
    this.#options.sink.exited(exit)
  }
}
