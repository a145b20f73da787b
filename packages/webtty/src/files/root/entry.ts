/** Owns what is told of a file or folder, and its entity tag. */
import { createHash } from 'node:crypto'
import { type BigIntStats } from 'node:fs'
import type { AppError } from '@towline/protocol'
import { joinParts } from './path.ts'

/** `special` is a pipe, a socket or a device: listed, never opened. */
export type FileType = 'file' | 'folder' | 'link' | 'special'

/** What is told of a file, a folder or a link; docs/protocol/fs.md §4. */
export interface FileInfo {
  readonly name: string
  /** From the served folder, such as `/a/b`. */
  readonly path: string
  readonly type: FileType
  /** Bytes. */
  readonly size: number
  /** Nanoseconds since 1970, in decimal: more than a number of JSON holds exactly. */
  readonly mtimeNs: string
  /** Four octal digits, such as `0644`. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  readonly nlink: number
  readonly etag: string
  /** Where a link leads, when that is in the served folder. */
  readonly target?: string
}

/** An entry of a listing that could not be looked at. */
export interface FailedEntry {
  readonly name: string
  readonly path: string
  readonly error: { readonly code: string; readonly message: string }
}

const ETAG_BYTES = 16

/** Strong: another device, inode, size, or time of change gives another tag. */
export const etagOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string => {
  const facts = [dev, ino, size, mtimeNs, ctimeNs].join('.')
  return `"${createHash('sha256').update(facts).digest().subarray(0, ETAG_BYTES).toString('base64url')}"`
}

/** Such as `0644`; set-user-id and the like are not told and not taken. */
const modeText = (mode: bigint | number): string => (Number(mode) & 0o777).toString(8).padStart(4, '0')

export const typeOf = (stat: BigIntStats): FileType => {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'folder'
  return stat.isSymbolicLink() ? 'link' : 'special'
}

/** What is told of what is at `parts`. */
export const infoOf = (parts: readonly string[], stat: BigIntStats, target?: string): FileInfo => ({
  name: parts.at(-1) ?? '',
  path: joinParts(parts),
  type: typeOf(stat),
  size: Number(stat.size),
  mtimeNs: String(stat.mtimeNs),
  mode: modeText(stat.mode),
  uid: Number(stat.uid),
  gid: Number(stat.gid),
  nlink: Number(stat.nlink),
  etag: etagOf(stat),
  ...(target === undefined ? {} : { target }),
})

/** What is told instead of an entry that failed. */
export const failedEntry = (parts: readonly string[], { code, message }: AppError): FailedEntry => ({
  name: parts.at(-1) ?? '',
  path: joinParts(parts),
  error: { code, message },
})
