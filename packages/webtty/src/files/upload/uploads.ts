/** Owns uploads that go on where they were cut off: bytes beside the target, a record on the disk (docs/protocol/fs.md §7). */
import { closeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Hash } from 'node:crypto'
import { randomText } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import { etagOf } from '../root/entry.ts'
import { toFileError } from '../root/errno.ts'
import { createTemp, dropTemp, landTemp, tempName } from '../root/temp.ts'
import type { Walk } from '../root/walk.ts'
import type { Spot } from '../root/spot.ts'
import { checkConditions } from '../routes/conditions.ts'
import { checkDigest, newHash } from '../routes/digest.ts'
import { hashFile } from '../routes/digests.ts'
import { openUploadStore, type UploadRecord, type UploadStore } from './record.ts'
import { receivePart } from './receive-part.ts'
import { openTemp, type UploadFile } from './upload-file.ts'

/** What a new upload is to become. */
export type UploadAsk = Pick<UploadRecord, 'length' | 'mode' | 'conditions' | 'digest' | 'awaitsDigest'>

/** How far an upload is. */
export interface UploadState {
  readonly record: UploadRecord
  /** Bytes that are there. */
  readonly offset: number
}

/** Bytes that follow. */
export interface UploadPart {
  readonly offset: number
  readonly body: Readable
  /** sha-256 of this part, base64. */
  readonly checksum?: string
  /** sha-256 of the whole file, base64. */
  readonly digest?: string
  /** Bytes the part says it has. */
  readonly bytes?: number
}

export interface UploadsOptions {
  readonly state: string
  readonly walk: Walk
  readonly limits: Limits
  readonly clock: () => number
}

/** Someone who works on an upload. */
interface Turn {
  readonly abort: AbortController
  readonly done: Promise<void>
}

export class Uploads {
  readonly #options: UploadsOptions
  readonly #store: UploadStore
  /** Those that have not landed. */
  readonly #open = new Set<string>()
  readonly #turns = new Map<string, Turn>()
  /** Hashes of what has arrived so far in this process. */
  readonly #hashes = new Map<string, { readonly hash: Hash; at: number }>()

  constructor(options: UploadsOptions) {
    this.#options = options
    this.#store = openUploadStore(options.state)
    for (const id of this.#store.ids()) if (this.#store.load(id)?.landed === undefined) this.#open.add(id)
    this.sweep()
  }

  /** Begins one for the place of `spot`; one of no bytes lands at once. */
  async create(spot: Spot, ask: UploadAsk): Promise<UploadState> {
    const { filesUploads, filesBytes } = this.#options.limits
    if (ask.length > filesBytes) throw new AppError('FILE_TOO_LARGE', { limit: filesBytes })
    if (this.#open.size >= filesUploads)
      throw new AppError('LIMIT_REACHED', { limit: 'filesUploads', value: filesUploads })
    const place = { folder: spot.parts.slice(0, -1), name: spot.name, temp: tempName() }
    const record = { ...ask, ...place, id: randomText(26), expiresAtMs: this.#expiry() }
    this.#store.save(record)
    this.#open.add(record.id)
    try {
      closeSync(createTemp(spot.parent, record.temp))
    } catch (error) {
      this.#forget(record.id)
      throw error
    }
    if (record.length > 0 || record.awaitsDigest) return { record, offset: 0 }
    return await this.#turn(record.id, (signal) => this.#finish(record.id, { signal }))
  }

  /** Whoever works on it is broken off first: who asks has lost that connection. Throws UPLOAD_UNKNOWN. */
  async look(id: string): Promise<UploadState> {
    return await this.#turn(id, () => {
      const record = this.#load(id)
      if (record.landed !== undefined) return Promise.resolve({ record, offset: record.length })
      using file = openTemp(record, this.#options.walk)
      return Promise.resolve({ record, offset: file.size })
    })
  }

  /** Takes bytes and, once all are there, puts the file in place. Throws UPLOAD_UNKNOWN, UPLOAD_OFFSET, FILE_DIGEST_MISMATCH… */
  async append(id: string, part: UploadPart): Promise<UploadState> {
    return await this.#turn(id, async (signal) => {
      const stop = (): void => void part.body.destroy()
      signal.addEventListener('abort', stop, { once: true })
      return await this.#append(id, part, signal)
    })
  }

  async remove(id: string): Promise<void> {
    await this.#turn(id, () => {
      const record = this.#load(id)
      this.#discard(record)
      return Promise.resolve()
    })
  }

  /** Removes those that got no byte for too long. */
  sweep(): void {
    for (const id of this.#store.ids()) {
      const record = this.#store.load(id)
      if (record === undefined) this.#forget(id)
      else if (record.expiresAtMs <= this.#options.clock() && !this.#turns.has(id)) this.#discard(record)
    }
  }

  /** Breaks off all that run; they go on after a restart. */
  async close(): Promise<void> {
    const turns = [...this.#turns.values()]
    for (const { abort } of turns) abort.abort()
    await Promise.all(turns.map(({ done }) => done))
  }

  async #append(id: string, part: UploadPart, signal: AbortSignal): Promise<UploadState> {
    const record = this.#load(id)
    if (record.landed !== undefined) {
      if (part.offset !== record.length) throw new AppError('UPLOAD_OFFSET', { offset: record.length })
      return { record, offset: record.length }
    }
    using file = openTemp(record, this.#options.walk)
    if (file.size !== part.offset) throw new AppError('UPLOAD_OFFSET', { offset: file.size })
    if ((part.bytes ?? 0) > record.length - part.offset) throw new AppError('FILE_LENGTH_MISMATCH')
    const running = this.#hashAt(id, part.offset)
    await receivePart(file, part, { record, limits: this.#options.limits, running })
    const offset = part.offset + file.received
    const next = {
      ...record,
      expiresAtMs: this.#expiry(),
      ...(part.digest === undefined ? {} : { digest: part.digest }),
    }
    this.#store.save(next)
    const isWhole = offset === record.length && (!record.awaitsDigest || next.digest !== undefined)
    return isWhole ? await this.#finish(id, { signal, file }) : { record: next, offset }
  }

  /** Puts the file in place. What cannot ever be put there is removed with its bytes. */
  async #finish(id: string, { signal, file }: { signal: AbortSignal; file?: UploadFile }): Promise<UploadState> {
    const record = this.#load(id)
    using own = file ?? openTemp(record, this.#options.walk)
    try {
      const digest = await this.#digest(record, own, signal)
      checkDigest(record.digest, digest)
      const place = { parent: own.folder, name: record.name }
      const check = (now: Parameters<typeof checkConditions>[1]): void => checkConditions(record.conditions, now)
      const { mode } = record
      const { stat } = await landTemp(
        place,
        { fd: own.fd, name: record.temp },
        { check, ...(mode === undefined ? {} : { mode }) },
      )
      const landed = { ...record, landed: { etag: etagOf(stat), digest } }
      this.#store.save(landed)
      this.#settle(id)
      return { record: landed, offset: record.length }
    } catch (error) {
      const known = toFileError(error)
      const isFinal = known instanceof AppError && !RETRIED.has(known.code)
      if (isFinal) this.#discard(record)
      throw error
    }
  }

  async #digest(record: UploadRecord, file: UploadFile, signal: AbortSignal): Promise<string> {
    const running = this.#hashes.get(record.id)
    if (running?.at === record.length) return running.hash.copy().digest('base64')
    return await hashFile(file.fd, record.length, { signal, limits: this.#options.limits })
  }

  /** The hash of all before `offset`, when this process saw all of that. */
  #hashAt(id: string, offset: number): { readonly hash: Hash; at: number } | undefined {
    if (offset === 0) this.#hashes.set(id, { hash: newHash(), at: 0 })
    const running = this.#hashes.get(id)
    if (running?.at === offset) return running
    this.#hashes.delete(id)
    return undefined
  }

  /** One at a time for each upload; the newest breaks off the one before and waits for its bytes to be written. */
  async #turn<T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#load(id)
    const before = this.#turns.get(id)
    const abort = new AbortController()
    before?.abort.abort()
    const result = (before?.done ?? Promise.resolve()).then(() => work(abort.signal))
    const done = result.then(
      () => undefined,
      () => undefined,
    )
    const turn = { abort, done }
    this.#turns.set(id, turn)
    try {
      return await result
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id)
    }
  }

  #load(id: string): UploadRecord {
    const record = this.#store.load(id)
    if (record === undefined || record.expiresAtMs <= this.#options.clock()) throw new AppError('UPLOAD_UNKNOWN')
    return record
  }

  #discard(record: UploadRecord): void {
    try {
      using folder = this.#options.walk(record.folder)
      if (folder.found !== undefined && record.landed === undefined) dropTemp(folder.found.fd, record.temp)
    } catch {
      // The folder is gone or leads elsewhere, and the bytes with it.
    }
    this.#forget(record.id)
  }

  #forget(id: string): void {
    this.#store.drop(id)
    this.#settle(id)
  }

  #settle(id: string): void {
    this.#open.delete(id)
    this.#hashes.delete(id)
  }

  #expiry(): number {
    return this.#options.clock() + this.#options.limits.filesUploadSeconds * 1_000
  }
}

/** Refusals after which the same bytes may still land. */
const RETRIED: ReadonlySet<string> = new Set([
  'FILE_NO_SPACE',
  'FILE_BUSY',
  'LIMIT_REACHED',
  'FILE_READ_ONLY',
  'FILE_OUTSIDE',
])
