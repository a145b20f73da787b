/** Owns GET and HEAD /v1/file: bytes of a file, whole or in ranges, with its digest when asked. */
import type { IncomingHttpHeaders } from 'node:http'
import type { BigIntStats } from 'node:fs'
import { randomText } from '@towline/base'
import { AppError } from '@towline/protocol'
import { etagOf } from '../root/entry.ts'
import { openFile, type OpenFile } from '../root/open-file.ts'
import { ALWAYS, sendEmpty } from './answer.ts'
import { type Call, queryOf, spotAt } from './call.ts'
import { names } from './conditions.ts'
import { digestField, newHash, wantsDigest } from './digest.ts'
import { text } from './fields.ts'
import { watchIdle } from './idle.ts'
import { parseRanges, type Range } from './ranges.ts'
import { Outlet, sendRange } from './send.ts'

export const getFile = async (call: Call): Promise<void> => {
  const { path } = queryOf(call, { path: text })
  using spot = spotAt(call, path)
  using file = openFile(spot)
  const { headers } = call.req
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  if (ifMatch !== undefined && !names(ifMatch, file.stat)) throw new AppError('FILE_CHANGED')
  if (ifNoneMatch !== undefined && names(ifNoneMatch.replaceAll('W/', ''), file.stat)) {
    sendEmpty(call.res, 304, { etag: etagOf(file.stat) })
    return
  }
  const ranges = call.req.method === 'HEAD' ? undefined : rangesOf(call, headers, file.stat)
  const shared = { ...headersOf(spot.name, file.stat), ...(await digestHeader(call, file)) }
  if (call.req.method === 'HEAD') sendEmpty(call.res, 200, { ...shared, 'content-length': Number(file.stat.size) })
  else await sendFile(call, file, { ranges, shared })
}

/** A range of another version is of no use, so then the whole file is sent (RFC 9110 §13.1.5). */
const rangesOf = ({ service }: Call, headers: IncomingHttpHeaders, stat: BigIntStats): readonly Range[] | undefined => {
  const ifRange = headers['if-range']
  if (ifRange !== undefined && ifRange !== etagOf(stat)) return undefined
  return parseRanges(headers.range, Number(stat.size), service.limits)
}

type HeaderValues = Readonly<Record<string, string | number>>

/** A browser is to save it, never to show it: what is stored here may be a page with a script. */
const headersOf = (name: string, stat: BigIntStats): HeaderValues => ({
  ...ALWAYS,
  'content-type': 'application/octet-stream',
  'content-disposition': `attachment; filename*=UTF-8''${extValue(name)}`,
  'cache-control': 'private, no-cache',
  'accept-ranges': 'bytes',
  'last-modified': new Date(Number(stat.mtimeMs)).toUTCString(),
  etag: etagOf(stat),
})

/** RFC 8187: what encodeURIComponent leaves alone and a parameter may not have. */
const extValue = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** With HEAD always; ahead of the bytes only when that does not hold them up. */
const digestHeader = async ({ req, service, signal }: Call, { fd, stat }: OpenFile): Promise<HeaderValues> => {
  if (!wantsDigest(req.headers)) return {}
  const isShort = Number(stat.size) <= service.limits.filesDigestAheadBytes
  const ahead =
    req.method === 'HEAD' || isShort ? service.digests.of(fd, stat, signal) : service.digests.get(etagOf(stat))
  const digest = await ahead
  return digest === undefined ? {} : { 'repr-digest': digestField(digest) }
}

interface SendFileOptions {
  readonly ranges: readonly Range[] | undefined
  readonly shared: HeaderValues
}

const sendFile = async (call: Call, { fd, stat }: OpenFile, { ranges, shared }: SendFileOptions): Promise<void> => {
  const size = Number(stat.size)
  const parts = layOut(ranges, size)
  call.res.writeHead(ranges === undefined ? 200 : 206, { ...shared, ...parts.headers })
  const { filesChunkBytes: chunkBytes, filesIdleMs } = call.service.limits
  const out = new Outlet(call.res)
  using idle = watchIdle(filesIdleMs, () => call.res.destroy())
  const hashing = hashOnTheWay(call, stat, ranges)
  for (const { head, range } of parts.list) {
    if (head !== '') await out.write(head)
    await sendRange(fd, { ...range, out }, { chunkBytes, onChunk: hashing.update, moved: idle.touch })
  }
  hashing.done()
  call.res.end(parts.tail)
}

/** A long file sent whole is hashed on its way, so that asking for its digest next costs no second reading. */
const hashOnTheWay = (
  { req, service }: Call,
  stat: BigIntStats,
  ranges: readonly Range[] | undefined,
): { update: (bytes: Uint8Array) => void; done: () => void } => {
  const etag = etagOf(stat)
  const isUseful = ranges === undefined && wantsDigest(req.headers) && service.digests.get(etag) === undefined
  if (!isUseful) return { update: () => {}, done: () => {} }
  const hash = newHash()
  return { update: (bytes) => void hash.update(bytes), done: () => service.digests.put(etag, hash.digest('base64')) }
}

interface Layout {
  readonly headers: HeaderValues
  readonly list: readonly { readonly head: string; readonly range: Range }[]
  readonly tail: string
}

/** One range is the body itself; several are parts of a multipart/byteranges body (RFC 9110 §14.6). */
const layOut = (ranges: readonly Range[] | undefined, size: number): Layout => {
  const [first = { start: 0, end: size }, ...others] = ranges ?? []
  const contentRange = ({ start, end }: Range): string => `bytes ${start}-${end - 1}/${size}`
  if (others.length === 0) {
    const length = { 'content-length': first.end - first.start }
    const headers = ranges === undefined ? length : { ...length, 'content-range': contentRange(first) }
    return { headers, list: [{ head: '', range: first }], tail: '' }
  }
  const boundary = randomText(24)
  const list = [first, ...others].map((range) => ({
    head: `\r\n--${boundary}\r\ncontent-type: application/octet-stream\r\ncontent-range: ${contentRange(range)}\r\n\r\n`,
    range,
  }))
  const tail = `\r\n--${boundary}--\r\n`
  const length = list.reduce((sum, { head, range }) => sum + head.length + range.end - range.start, tail.length)
  return {
    headers: { 'content-type': `multipart/byteranges; boundary=${boundary}`, 'content-length': length },
    list,
    tail,
  }
}
