/** Owns writing a whole content: bytes at hand, or a stream such as standard input. */
import type { Readable } from 'node:stream'
import { AppError } from '@towline/protocol'
import { digestField, newHash, parseDigest } from '../routes/digest.ts'
import { bodyOf, type Ask, type Asked } from './ask.ts'
import type { UploadOptions } from './upload.ts'

export type WriteOptions = Omit<UploadOptions, 'onProgress'>

export interface Written {
  readonly etag: string
  /** Nothing was there before. */
  readonly created: boolean
}

export const writeFile = async (
  ask: Ask,
  { path, body }: { readonly path: string; readonly body: Uint8Array | Readable },
  { mode, mkdirs, ifMatch, ifNoneMatch, signal }: WriteOptions = {},
): Promise<Written> => {
  const hash = newHash()
  const sent = body instanceof Uint8Array ? whole(body) : streamed(body, hash)
  const query = { path, mode: mode?.toString(8), mkdirs }
  const headers = { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, ...sent.headers }
  const response = await ask({ method: 'PUT', route: 'v1/file', query, signal, ...sent, headers })
  await bodyOf(response, 0)
  // Of a stream the digest is known only at its end, so there it is compared afterwards.
  const told = parseDigest(String(response.headers['repr-digest'] ?? ''))
  if (!(body instanceof Uint8Array) && told !== hash.digest('base64')) throw new AppError('FILE_DIGEST_MISMATCH')
  return { etag: String(response.headers.etag), created: response.statusCode === 201 }
}

type Sent = Pick<Asked, 'headers' | 'body' | 'send'>

const whole = (body: Uint8Array): Sent => ({
  body,
  headers: { 'repr-digest': digestField(newHash().update(body).digest('base64')) },
})

const streamed = (body: Readable, hash: ReturnType<typeof newHash>): Sent => ({
  headers: { 'transfer-encoding': 'chunked' },
  send: async (out, moved) => {
    for await (const bytes of body as AsyncIterable<Buffer>) {
      hash.update(bytes)
      await out.write(bytes)
      moved()
    }
  },
})
