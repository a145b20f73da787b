/** Owns reading a part of what a process has printed: no more than was asked for, and with where to go on. */
import { copyOf, type Exit, FD, type Fd, LIMITS, type ProcessInfo } from '@towline/protocol'
import type { RemoteSink, WebttyConnection } from '@towline/webtty'
import { orAbort } from '../or-abort.ts'
import { tellBytes } from './tell-bytes.ts'
import { type ProcessRequest, withConnection } from './processes.ts'

export interface ReadRequest extends ProcessRequest {
  /** Where to go on, of each output that is wanted. */
  readonly offsets: Readonly<Partial<Record<Fd, number>>>
  /** Of each output, at most. */
  readonly maxBytes: number
  /** Of each output as text in JSON: less is read when it would be longer. */
  readonly maxChars?: number | undefined
  /** How long to wait for something when there is nothing yet. */
  readonly waitMs: number
}

/** A part of one output. */
export interface ReadPart {
  readonly text: string
  readonly encoding: 'utf8' | 'base64'
  /** Of the first byte of `text`: later than asked for where the machine no longer has what was in between. */
  readonly offset: number
  /** Where to go on. */
  readonly next: number
  /** Bytes from the offset that was asked for on which the machine no longer has. */
  readonly lost: number
}

export interface ReadAnswer {
  readonly parts: Readonly<Partial<Record<Fd, ReadPart>>>
  readonly info: ProcessInfo | undefined
  readonly exit: Exit | undefined
}

/** Rejects with PROCESS_UNKNOWN, or with why the machine is not reached. */
export const readPart = (request: ReadRequest): Promise<ReadAnswer> =>
  withConnection(request, (connection) => readOver(connection, request))

const readOver = async (connection: WebttyConnection, request: ReadRequest): Promise<ReadAnswer> => {
  const { processId, offsets, maxBytes, signal } = request
  const got = new Map(Object.entries(offsets).map(([fd, at]) => [Number(fd) as Fd, new Part(at, maxBytes)]))
  const settled = new Settled(request.waitMs)
  const sink: RemoteSink = {
    output: (fd, offset, bytes) => {
      got.get(fd)?.add(offset, bytes)
      settled.heard([...got.values()].every((part) => part.full))
    },
    snapshot: ({ offset, data }) => {
      got.get(FD.pty)?.add(offset, data)
      settled.heard(false)
    },
  }
  // What is not granted is not sent: nothing here is ever taken, so no more than the first grant comes.
  const process = connection.attach({ processId, offsets }, { sink, window: maxBytes })
  try {
    await orAbort(process.opened, signal)
    const exit = await orAbort(Promise.race<Exit | undefined>([process.exit, settled.over]), signal)
    const info = exit ? undefined : (await connection.list()).find((one) => one.processId === processId)
    return { parts: partsOf(got, request), info, exit: exit ?? info?.exit }
  } finally {
    settled.stop()
    const left = process.detach()
    if (!signal.aborted) await left
  }
}

/** Known by a silence after something came, or when the time to wait is over. */
class Settled {
  readonly over: Promise<undefined>
  #done: () => void = () => {}
  #timer: NodeJS.Timeout

  constructor(waitMs: number) {
    this.over = new Promise((done) => {
      this.#done = () => done(undefined)
    })
    this.#timer = setTimeout(this.#done, Math.max(waitMs, LIMITS.mcpQuietMs))
  }

  heard(full: boolean): void {
    this.stop()
    if (full) return this.#done()
    this.#timer = setTimeout(this.#done, LIMITS.mcpQuietMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** Bytes of one output as they come, up to the first that is missing after some came. */
class Part {
  readonly #asked: number
  readonly #max: number
  readonly #bytes: Uint8Array[] = []
  #start: number
  #end: number

  constructor(asked: number, max: number) {
    this.#asked = asked
    this.#max = max
    this.#start = asked
    this.#end = asked
  }

  get full(): boolean {
    return this.#end - this.#start >= this.#max
  }

  add(offset: number, bytes: Uint8Array): void {
    if (this.#start === this.#end) this.#start = this.#end = offset
    if (offset !== this.#end) return
    this.#bytes.push(copyOf(bytes.subarray(0, this.#max - (this.#end - this.#start))))
    this.#end = Math.min(offset + bytes.length, this.#start + this.#max)
  }

  result(maxChars: number): ReadPart {
    const { text, encoding, used } = tellBytes(Buffer.concat(this.#bytes), maxChars)
    return {
      ...{ text, encoding },
      offset: this.#start,
      next: this.#start + used,
      lost: Math.max(0, this.#start - this.#asked),
    }
  }
}

const partsOf = (got: ReadonlyMap<Fd, Part>, { maxChars = Infinity }: ReadRequest): ReadAnswer['parts'] =>
  Object.fromEntries([...got].map(([fd, part]) => [fd, part.result(maxChars)]))
