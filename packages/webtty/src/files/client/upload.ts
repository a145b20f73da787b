/** Owns sending a local file: whole when it is short, else as a resumable upload that goes on where it was cut. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { AppError } from '@towline/protocol'
import { digestField, newHash } from '../routes/digest.ts'
import { sendRange } from '../routes/send.ts'
import { bodyOf, type Ask } from './ask.ts'
import { retrying, type RetryOptions } from './retry.ts'

export interface UploadOptions {
  readonly mode?: number
  /** Makes missing folders. */
  readonly mkdirs?: boolean
  /** Tag the file there must have; `*` for any. */
  readonly ifMatch?: string
  /** `*`: only where nothing is. */
  readonly ifNoneMatch?: string
  /** Bytes that are there, of all. */
  readonly onProgress?: (bytes: number, total: number) => void
  readonly signal?: AbortSignal
}

export interface Uploaded {
  readonly etag: string
  readonly bytes: number
  /** sha-256, base64. */
  readonly digest: string
}

/** What uploads and downloads work with. */
export interface Transfer extends Pick<RetryOptions, 'limits' | 'wait'> {
  readonly ask: Ask
}

/** Throws what the service refuses with, FILE_DIGEST_MISMATCH, FILE_TRANSFER_CUT, and errors of the local file. */
export const uploadFile = async (
  transfer: Transfer,
  { local, path }: { readonly local: string; readonly path: string },
  options: UploadOptions = {},
): Promise<Uploaded> => {
  const fd = openSync(local, constants.O_RDONLY)
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new AppError(stat.isDirectory() ? 'FILE_IS_FOLDER' : 'FILE_SPECIAL')
    return await new Upload(transfer, { ...options, fd, path, total: stat.size }).run()
  } finally {
    closeSync(fd)
  }
}

interface Source extends UploadOptions {
  readonly fd: number
  readonly path: string
  readonly total: number
}

class Upload {
  readonly #transfer: Transfer
  readonly #source: Source
  readonly #hash = newHash()
  /** Bytes that are hashed: what is sent again is not hashed again. */
  #hashed = 0
  /** Bytes the service has. */
  #offset = 0
  #location = ''

  constructor(transfer: Transfer, source: Source) {
    this.#transfer = transfer
    this.#source = source
  }

  async run(): Promise<Uploaded> {
    const { limits, wait } = this.#transfer
    const { path, signal } = this.#source
    const retry = { path, limits, wait, signal, offset: () => this.#offset }
    await retrying(retry, () => this.#create())
    try {
      return await retrying(retry, (tries) => this.#goOn(tries > 0))
    } catch (error) {
      if (isRefusal(error)) await this.#give()
      throw error
    }
  }

  /** What the service has so far would stay there for a day, on a disk that may be full. */
  async #give(): Promise<void> {
    await this.#ask('DELETE', this.#location, {}).catch(() => undefined)
  }

  async #create(): Promise<void> {
    const { path, total, mkdirs, mode, ifMatch, ifNoneMatch } = this.#source
    const query = { path, mkdirs, mode: mode?.toString(8), awaitDigest: true }
    const headers = { 'upload-length': total, 'if-match': ifMatch, 'if-none-match': ifNoneMatch }
    const response = await this.#ask('POST', 'v1/uploads', { query, headers })
    const id = /^uploads\/([a-z0-9]+)$/.exec(response.headers.location ?? '')?.[1]
    if (id === undefined) throw new AppError('PROTOCOL_ERROR', { problem: 'an upload without a location.' })
    this.#location = `v1/uploads/${id}`
  }

  async #goOn(again: boolean): Promise<Uploaded> {
    if (again) {
      const { headers } = await this.#ask('HEAD', this.#location, {})
      if (headers.etag !== undefined) return this.#done(headers.etag)
      this.#offset = Number(headers['upload-offset'])
      if (!(this.#offset >= 0)) throw new AppError('PROTOCOL_ERROR', { problem: 'an upload without an offset.' })
    }
    const { total } = this.#source
    if (this.#offset < total) await this.#send()
    // A file that shrank or was changed under us shows here: the service has other bytes than the digest.
    const digest = { 'repr-digest': digestField(this.#digest()) }
    const { headers } = await this.#patch({ 'content-length': 0, ...digest }, () => Promise.resolve())
    return this.#done(String(headers.etag))
  }

  async #send(): Promise<void> {
    const { fd, total, onProgress } = this.#source
    const start = this.#offset
    let sent = start
    await this.#patch({ 'content-length': total - start }, async (out, moved) => {
      const onChunk = (bytes: Uint8Array): void => {
        this.#take(bytes, sent)
        sent += bytes.length
        onProgress?.(sent, total)
      }
      await sendRange(
        fd,
        { start, end: total, out },
        { chunkBytes: this.#transfer.limits.filesChunkBytes, onChunk, moved },
      )
    })
    this.#offset = total
  }

  #take(bytes: Uint8Array, at: number): void {
    if (at + bytes.length <= this.#hashed) return
    this.#hash.update(bytes.subarray(Math.max(0, this.#hashed - at)))
    this.#hashed = at + bytes.length
  }

  #patch(headers: Readonly<Record<string, string | number>>, send: Parameters<Ask>[0]['send']): ReturnType<Ask> {
    const own = { 'content-type': 'application/offset+octet-stream', 'upload-offset': this.#offset }
    return this.#ask('PATCH', this.#location, { headers: { ...own, ...headers }, ...(send && { send }) })
  }

  async #ask(method: string, route: string, rest: Partial<Parameters<Ask>[0]>): ReturnType<Ask> {
    const headers = { 'tus-resumable': '1.0.0', ...rest.headers }
    const response = await this.#transfer.ask({ method, route, signal: this.#source.signal, ...rest, headers })
    await bodyOf(response, 0)
    return response
  }

  #digest(): string {
    return this.#hash.copy().digest('base64')
  }

  #done(etag: string): Uploaded {
    return { etag, bytes: this.#source.total, digest: this.#digest() }
  }
}

/** As opposed to a connection that broke: nothing goes on from there. */
const isRefusal = (error: unknown): boolean => error instanceof AppError && error.code !== 'FILE_TRANSFER_CUT'
