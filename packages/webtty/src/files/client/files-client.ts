/** Owns the client of a file service: its verbs, over connections that whoever calls can make. */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { AppError, FS_PATH, type Limits, LIMITS } from '@towline/protocol'
import type { FileInfo } from '../root/entry.ts'
import type { FolderPage } from '../routes/get-ls.ts'
import { bodyOf, makeAsk, type Ask, type Asked } from './ask.ts'
import { type Connect, DialAgent } from './dial-agent.ts'
import { downloadFile, type DownloadOptions } from './download.ts'
import { type Uploaded, uploadFile, type UploadOptions } from './upload.ts'
import { writeFile, type WriteOptions, type Written } from './write.ts'
import type { Wait } from './retry.ts'

export interface FilesClientOptions {
  /** Makes a connection that speaks HTTP/1.1 to the service. */
  readonly createConnection: Connect
  /** Where files are mounted; `/fs` when absent. */
  readonly base?: string
  /** Fields of every request, such as Host and Authorization. */
  readonly headers?: () => Readonly<Record<string, string>>
  /** Named in errors, such as `tow://name`. */
  readonly url?: string
  readonly limits?: Limits
  readonly wait?: Wait
}

export interface LsOptions {
  readonly limit?: number
  readonly cursor?: string
  readonly depth?: number
  readonly glob?: string
}

export interface ReadOptions {
  readonly offset?: number
  readonly length?: number
  /** Tag the file must have. */
  readonly ifMatch?: string
  readonly signal?: AbortSignal
}

/** Bytes of a file that are still to be read. */
export interface ReadBytes {
  readonly body: Readable
  readonly etag: string
  /** Bytes of the whole file. */
  readonly total: number
}

/** Paths are of the served folder, such as `/a/b`. Every verb throws AppError: the refusals of docs/protocol/fs.md §11. */
export interface FilesClient {
  info(): Promise<Readonly<Record<string, unknown>>>
  ls(path: string, options?: LsOptions): Promise<FolderPage>
  /** `link` for what is told of a link itself. */
  stat(path: string, options?: { readonly link?: boolean }): Promise<FileInfo>
  read(path: string, options?: ReadOptions): Promise<ReadBytes>
  write(path: string, body: Uint8Array | Readable, options?: WriteOptions): Promise<Written>
  upload(local: string, path: string, options?: UploadOptions): Promise<Uploaded>
  download(path: string, local: string, options?: DownloadOptions): Promise<Uploaded>
  mkdir(path: string, options?: { readonly parents?: boolean; readonly mode?: number }): Promise<FileInfo>
  rm(path: string, options?: { readonly recursive?: boolean; readonly ifMatch?: string }): Promise<void>
  mv(
    from: string,
    to: string,
    options?: { readonly overwrite?: boolean; readonly mkdirs?: boolean; readonly ifMatch?: string },
  ): Promise<FileInfo>
  /** Ends the connections that are kept. */
  close(): void
}

export const createFilesClient = (options: FilesClientOptions): FilesClient => {
  const { base = FS_PATH, headers = () => ({ host: 'files' }), url = 'of the files', limits = LIMITS } = options
  const agent = new DialAgent(options.createConnection)
  const ask = makeAsk({ agent, base, headers, url, limits })
  const wait: Wait = options.wait ?? ((ms, signal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }))
  const transfer = { ask, limits, wait }
  const json = async <T>(asked: Asked): Promise<T> => parse<T>(await bodyOf(await ask(asked), limits.apiAnswerBytes))
  const get = <T>(route: string, query: Asked['query']): Promise<T> =>
    json<T>({ method: 'GET', route, query: query ?? {} })
  const post = <T>(route: string, body: object): Promise<T> =>
    json<T>({ method: 'POST', route, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  return {
    info: () => get('v1/info', {}),
    ls: (path, asked = {}) => get('v1/ls', { path, ...asked }),
    stat: (path, { link } = {}) => get('v1/stat', { path, link }),
    read: (path, asked) => readFile(ask, path, asked),
    write: (path, body, asked) => writeFile(ask, { path, body }, asked),
    upload: (local, path, asked) => uploadFile(transfer, { local, path }, asked),
    download: (path, local, asked) => downloadFile(transfer, { path, local }, asked),
    mkdir: (path, { parents, mode } = {}) => post('v1/mkdir', { path, parents, mode: mode?.toString(8) }),
    mv: (from, to, asked = {}) => post('v1/move', { from, to, ...asked }),
    async rm(path, { recursive, ifMatch } = {}) {
      const query = { path, recursive }
      await bodyOf(await ask({ method: 'DELETE', route: 'v1/file', query, headers: { 'if-match': ifMatch } }), 0)
    },
    close: () => agent.destroy(),
  }
}

const parse = <T>(body: Buffer): T => {
  try {
    return JSON.parse(body.toString()) as T
  } catch {
    throw new AppError('PROTOCOL_ERROR', { problem: 'the file service answered no JSON.' })
  }
}

const readFile = async (
  ask: Ask,
  path: string,
  { offset = 0, length, ifMatch, signal }: ReadOptions = {},
): Promise<ReadBytes> => {
  const last = length === undefined ? '' : offset + length - 1
  const isWhole = offset === 0 && length === undefined
  const headers = { range: isWhole ? undefined : `bytes=${offset}-${last}`, 'if-match': ifMatch }
  const body = await ask({ method: 'GET', route: 'v1/file', query: { path }, headers, signal })
  return { body, etag: String(body.headers.etag), total: totalOf(body) }
}

const totalOf = ({ headers }: IncomingMessage): number =>
  Number(headers['content-range']?.split('/').at(-1) ?? headers['content-length'])
