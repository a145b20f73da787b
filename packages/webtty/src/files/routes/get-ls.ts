/** Owns GET /v1/ls: a page of what a folder holds. */
import { AppError } from '@towline/protocol'
import { type FailedEntry, failedEntry, type FileInfo, infoOf } from '../root/entry.ts'
import { demandFolder, pathOf, type Spot } from '../root/spot.ts'
import { sendJson } from './answer.ts'
import { type Call, queryOf, spotAt } from './call.ts'
import { count, text } from './fields.ts'
import { parseGlob } from './glob.ts'
import { type Entry, listFolder } from './list.ts'
import { targetOf } from './get-stat.ts'

/** One page; docs/protocol/fs.md §4. */
export interface FolderPage {
  readonly path: string
  readonly entries: readonly (FileInfo | FailedEntry)[]
  /** Asks for the next page; absent on the last. */
  readonly cursor?: string
}

const SPEC = { path: text, limit: count, cursor: text, depth: count, glob: text }

export const getLs = async (call: Call): Promise<void> => {
  const { path = '/', ...asked } = queryOf(call, SPEC)
  const { limits } = call.service
  const depth = asked.depth ?? 0
  if (depth > limits.filesDepth)
    throw new AppError('REQUEST_INVALID', { problem: `"depth" is at most ${limits.filesDepth}.` })
  const limit = Math.min(asked.limit || limits.filesPageItems, limits.filesPageItems)
  const after = asked.cursor === undefined ? [] : parseCursor(asked.cursor)
  const glob = parseGlob(asked.glob, limits)
  using spot = spotAt(call, path)
  const page = await readPage(call, spot, { depth, limit, after, glob })
  sendJson(call.res, page)
}

interface PageOptions {
  readonly depth: number
  readonly limit: number
  readonly after: readonly string[]
  readonly glob: (parts: readonly string[]) => boolean
}

const readPage = async (call: Call, spot: Spot, { depth, limit, after, glob }: PageOptions): Promise<FolderPage> => {
  const { limits } = call.service
  const entries: (FileInfo | FailedEntry)[] = []
  let [looked, last] = [0, after]
  const { fd } = demandFolder(spot)
  for await (const entry of listFolder(fd, { depth, after, limits, signal: call.signal })) {
    if (entries.length === limit || looked === limits.filesPageEntries) {
      return { path: pathOf(spot), entries, cursor: cursorOf(last) }
    }
    looked++
    last = entry.parts
    if (glob(entry.parts)) entries.push(describe(call, spot, entry))
  }
  return { path: pathOf(spot), entries }
}

const describe = ({ service }: Call, spot: Spot, { parts, step, error }: Entry): FileInfo | FailedEntry => {
  const whole = [...spot.parts, ...parts]
  if (step === undefined) return failedEntry(whole, error ?? new AppError('FILE_NOT_FOUND'))
  return infoOf(whole, step.stat, step.stat.isSymbolicLink() ? targetOf(whole, service.walk) : undefined)
}

const cursorOf = (parts: readonly string[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

const parseCursor = (cursor: string): readonly string[] => {
  try {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown
    if (Array.isArray(parts) && parts.length > 0 && parts.every(isName)) return parts as string[]
  } catch {
    // Refused below, like any other text that is no cursor.
  }
  throw new AppError('REQUEST_INVALID', { problem: '"cursor" is none of ours.' })
}

/** What a cursor names is stepped to as it is, so it must be one name and not the folder above. */
const isName = (part: unknown): boolean =>
  typeof part === 'string' && part !== '' && part !== '.' && part !== '..' && !/[/\0]/.test(part)
