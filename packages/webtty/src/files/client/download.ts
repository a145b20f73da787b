/** Owns fetching a file: into a temporary one beside its place, on from where it was cut, checked, then put in place at once. */
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { AppError } from '@towline/protocol'
import { newHash, parseDigest } from '../routes/digest.ts'
import { receive } from '../routes/receive.ts'
import { sendRange } from '../routes/send.ts'
import { bodyOf } from './ask.ts'
import { retrying } from './retry.ts'
import type { Transfer, Uploaded, UploadOptions } from './upload.ts'

export type DownloadOptions = Pick<UploadOptions, 'onProgress' | 'signal'>

/** Throws what the service refuses with, FILE_DIGEST_MISMATCH, FILE_TRANSFER_CUT, and errors of the local file. */
export const downloadFile = async (
  transfer: Transfer,
  where: { readonly path: string; readonly local: string },
  options: DownloadOptions = {},
): Promise<Uploaded> => {
  let [offset, temp] = [0, '']
  const onOffset = (bytes: number): void => void (offset = Math.max(offset, bytes))
  // Of a version that is no more there is no use.
  const onTemp = (next: string): void => {
    if (temp !== '' && temp !== next) rmSync(temp, { force: true })
    temp = next
  }
  const { limits, wait } = transfer
  const retry = { path: where.path, limits, wait, signal: options.signal, offset: () => offset }
  return await retrying(retry, () => new Download(transfer, { ...where, ...options, onOffset, onTemp }).run())
}

interface Target extends DownloadOptions {
  readonly path: string
  readonly local: string
  readonly onOffset: (bytes: number) => void
  readonly onTemp: (temp: string) => void
}

/** What is fetched: a tag is of these bytes and no others. */
interface Version {
  readonly etag: string
  readonly total: number
}

const OPEN = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
const WANT = { 'want-repr-digest': 'sha-256=1' }

class Download {
  readonly #transfer: Transfer
  readonly #target: Target

  constructor(transfer: Transfer, target: Target) {
    this.#transfer = transfer
    this.#target = target
  }

  async run(): Promise<Uploaded> {
    const version = versionOf(await this.#ask('HEAD', {}))
    const temp = this.#temp(version)
    this.#target.onTemp(temp)
    const fd = openSync(temp, OPEN, 0o600)
    try {
      if (!fstatSync(fd).isFile()) throw new AppError('FILE_SPECIAL')
      const digest = await this.#fetch(fd, version)
      fsyncSync(fd)
      this.#land(temp)
      return { etag: version.etag, bytes: version.total, digest }
    } catch (error) {
      if (error instanceof AppError && DROPPED.has(error.code)) rmSync(temp, { force: true })
      throw error
    } finally {
      closeSync(fd)
    }
  }

  /** The tag is in the name, so what is there already is of this version. */
  #temp({ etag }: Version): string {
    const { local } = this.#target
    return join(dirname(local), `.${basename(local).slice(0, 120)}.${etag.replace(/[^\w-]/g, '').slice(0, 64)}.part`)
  }

  async #fetch(fd: number, version: Version): Promise<string> {
    const hash = newHash()
    const have = fstatSync(fd).size
    if (have > version.total) ftruncateSync(fd, 0)
    const start = have > version.total ? 0 : have
    const { filesChunkBytes: chunkBytes } = this.#transfer.limits
    const drop = { write: () => Promise.resolve() }
    await sendRange(
      fd,
      { start: 0, end: start, out: drop },
      { chunkBytes, onChunk: (bytes) => void hash.update(bytes) },
    )
    const told = start === version.total && start > 0 ? undefined : await this.#receive(fd, { version, start, hash })
    const digest = hash.digest('base64')
    await this.#check({ version, digest, told })
    return digest
  }

  /** Answers the digest, when the service told it ahead. */
  async #receive(
    fd: number,
    { version, start, hash }: { version: Version; start: number; hash: ReturnType<typeof newHash> },
  ): Promise<string | undefined> {
    const range = start === 0 ? {} : { range: `bytes=${start}-`, 'if-range': version.etag }
    const response = await this.#ask('GET', { ...WANT, ...range })
    const isSame = response.headers.etag === version.etag && response.statusCode === (start === 0 ? 200 : 206)
    if (!isSame) {
      response.destroy()
      throw new AppError('SERVER_UNREACHABLE', {
        url: this.#target.path,
        problem: 'the file changed while it was fetched.',
      })
    }
    let at = start
    const onChunk = (bytes: Uint8Array): void => {
      hash.update(bytes)
      at += bytes.length
      this.#target.onOffset(at)
      this.#target.onProgress?.(at, version.total)
    }
    const { filesChunkBytes: chunkBytes } = this.#transfer.limits
    await receive(response, { fd, position: start, max: version.total - start, chunkBytes, onChunk })
    if (at < version.total) throw new Error('the connection was cut')
    const told = response.headers['repr-digest']
    return told === undefined ? undefined : parseDigest(String(told))
  }

  async #check({
    version,
    digest,
    told,
  }: {
    version: Version
    digest: string
    told: string | undefined
  }): Promise<void> {
    const expected = told ?? (await this.#digestOf(version))
    if (expected !== digest) throw new AppError('FILE_DIGEST_MISMATCH')
  }

  async #digestOf({ etag }: Version): Promise<string> {
    const response = await this.#ask('HEAD', { ...WANT, 'if-match': etag })
    await bodyOf(response, 0)
    return parseDigest(String(response.headers['repr-digest'] ?? ''))
  }

  #ask(method: 'GET' | 'HEAD', headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const { path, signal } = this.#target
    return this.#transfer.ask({ method, route: 'v1/file', query: { path }, headers, signal })
  }

  #land(temp: string): void {
    const { local } = this.#target
    renameSync(temp, local)
    const folder = openSync(dirname(local), constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }
}

/** After these the bytes so far are of no use. */
const DROPPED: ReadonlySet<string> = new Set(['FILE_DIGEST_MISMATCH', 'FILE_CHANGED'])

const versionOf = (response: IncomingMessage): Version => {
  const { etag, 'content-length': length } = response.headers
  response.resume()
  if (etag === undefined || length === undefined) {
    throw new AppError('PROTOCOL_ERROR', { problem: 'a file without a tag or a length.' })
  }
  return { etag, total: Number(length) }
}
