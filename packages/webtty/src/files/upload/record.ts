/** Owns what is kept of an upload on the disk, so that it goes on after a restart. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Conditions } from '../routes/conditions.ts'

/** One upload. Where its bytes are up to is the length of its file, not written here. */
export interface UploadRecord {
  readonly id: string
  /** The folder of the target, links resolved, and the names of target and temporary file in it. */
  readonly folder: readonly string[]
  readonly name: string
  readonly temp: string
  /** Bytes it will have. */
  readonly length: number
  readonly mode?: number
  readonly conditions: Conditions
  /** sha-256 it must have, base64. */
  readonly digest?: string
  /** It lands only once the digest was sent, after the bytes. */
  readonly awaitsDigest: boolean
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
  /** It has landed, with this tag. */
  readonly landed?: { readonly etag: string; readonly digest: string }
}

export interface UploadStore {
  load(id: string): UploadRecord | undefined
  save(record: UploadRecord): void
  drop(id: string): void
  ids(): readonly string[]
}

const ID = /^[a-z0-9]{26}$/

export const openUploadStore = (state: string): UploadStore => {
  const folder = join(state, 'uploads')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fileOf = (id: string): string => join(folder, `${id}.json`)
  return {
    load: (id) => (ID.test(id) ? readRecord(fileOf(id)) : undefined),
    save(record) {
      const next = `${fileOf(record.id)}.next`
      writeFileSync(next, JSON.stringify(record), { mode: 0o600 })
      renameSync(next, fileOf(record.id))
    },
    drop: (id) => rmSync(fileOf(id), { force: true }),
    ids: () => readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : [])),
  }
}

const readRecord = (file: string): UploadRecord | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as UploadRecord
  } catch {
    return undefined
  }
}
