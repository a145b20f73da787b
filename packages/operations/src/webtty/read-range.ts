/** Owns reading some bytes of a file of a machine into memory. */
import type { FilesClient } from '@towline/webtty'

export interface RangeRequest {
  readonly path: string
  readonly offset: number
  /** At most. */
  readonly length: number
  /** Tag the file must have. */
  readonly ifMatch?: string | undefined
  readonly signal: AbortSignal
}

export interface OpenedFile {
  readonly bytes: Buffer
  readonly etag: string
  /** Bytes of the whole file. */
  readonly total: number
}

/** No bytes from the end on. Rejects with what the machine refuses, such as FILE_MISSING or FILE_CHANGED. */
export const readFileRange = async (
  files: FilesClient,
  { path, offset, length, ifMatch, signal }: RangeRequest,
): Promise<OpenedFile> => {
  const { size } = await files.stat(path)
  const most = Math.min(length, Math.max(0, size - offset))
  // A range that holds nothing cannot be asked for; the whole of an empty file can.
  const range = most === 0 ? {} : { offset, length: most }
  const { body, etag, total } = await files.read(path, { ...range, ...(ifMatch !== undefined && { ifMatch }), signal })
  const parts: Buffer[] = []
  let got = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    if (got >= most) break
    parts.push(part.subarray(0, most - got))
    got += part.length
  }
  body.destroy()
  return { bytes: Buffer.concat(parts), etag, total }
}
