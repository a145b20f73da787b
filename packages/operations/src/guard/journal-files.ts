/**
 * Owns the files of a journal: numbered segments to which several processes append, each record by one write. A record
 * begins with a newline too, so that one that a crash tore spoils only itself.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits } from '@towline/protocol'

export type JournalLimits = Pick<Limits, 'journalSegmentBytes' | 'journalSegments'>

export interface Segment {
  readonly number: number
  readonly file: string
}

const NAME = /^calls-(\d{6})\.jsonl$/

/** Oldest first; none when there is no journal yet. */
export const segmentsOf = async (folder: string): Promise<readonly Segment[]> => {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map((digits) => segment(folder, Number(digits)))
    .toSorted((a, b) => a.number - b.number)
}

/** Appends a line that holds no newline. The newest file is taken until it is long enough; then the oldest may go. */
export const appendLine = async (folder: string, line: string, limits: JournalLimits): Promise<void> => {
  if (appendAgain(folder, line, limits)) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const segments = await segmentsOf(folder)
  const newest = segments.at(-1) ?? segment(folder, 1)
  if (await append(newest.file, line, limits.journalSegmentBytes)) return remember(folder, newest.file)
  const next = segment(folder, newest.number + 1)
  await append(next.file, line)
  remember(folder, next.file)
  const over = segments.slice(0, Math.max(0, segments.length + 1 - limits.journalSegments))
  for (const { file } of over) await rm(file, { force: true })
}

/** The file of each folder that was newest when this process last wrote there. */
const known = new Map<string, string>()
const KNOWN = 64

const remember = (folder: string, file: string): void => {
  if (known.size >= KNOWN) known.clear()
  known.set(folder, file)
}

/**
 * At once to the same file as before: a call of an agent waits for it twice. One that is no longer the newest is long enough
 * or gone. False, and nothing is written, when it is not to be had; whoever looks for the newest one says why.
 */
const appendAgain = (folder: string, line: string, { journalSegmentBytes }: JournalLimits): boolean => {
  const file = known.get(folder)
  if (file === undefined) return false
  const { O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants
  let handle: number
  try {
    handle = openSync(file, O_APPEND | O_WRONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0))
  } catch {
    return false
  }
  try {
    if (fstatSync(handle).size >= journalSegmentBytes) return false
    const bytes = Buffer.from(`\n${line}\n`)
    if (writeSync(handle, bytes) < bytes.length) throw cutOff()
    return true
  } finally {
    closeSync(handle)
  }
}

const cutOff = (): Error => Object.assign(new Error('the journal is cut off'), { code: 'ENOSPC' })

/** False, and nothing is written, when the file has `most` bytes already. */
const append = async (file: string, line: string, most = Number.POSITIVE_INFINITY): Promise<boolean> => {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  const handle = await open(file, O_APPEND | O_CREAT | O_WRONLY | (O_NOFOLLOW ?? 0), 0o600)
  try {
    if ((await handle.stat()).size >= most) return false
    const bytes = Buffer.from(`\n${line}\n`)
    const { bytesWritten } = await handle.write(bytes)
    if (bytesWritten < bytes.length) throw cutOff()
    return true
  } finally {
    await handle.close()
  }
}

/** Whole lines from a place on. */
export interface Lines {
  readonly lines: readonly { readonly text: string; readonly end: number }[]
}

/** From byte `from` on, without a last line that is not ended yet; `end` is the byte after a line. None when it is gone. */
export const readLines = async ({ file }: Segment, from: number): Promise<Lines> => {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return { lines: [] }
  try {
    const { size } = await handle.stat()
    const bytes = Buffer.alloc(Math.max(0, size - from))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
    return { lines: split(bytes.subarray(0, bytesRead), from) }
  } finally {
    await handle.close()
  }
}

const split = (bytes: Buffer, from: number): Lines['lines'] => {
  const lines: { text: string; end: number }[] = []
  let start = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    if (at > start) lines.push({ text: bytes.toString('utf8', start, at), end: from + at + 1 })
    start = at + 1
  }
  return lines
}

const segment = (folder: string, number: number): Segment => ({
  number,
  file: join(folder, `calls-${`${number}`.padStart(6, '0')}.jsonl`),
})
