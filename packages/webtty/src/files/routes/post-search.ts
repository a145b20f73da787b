/** Owns POST /v1/search: lines of files that have a text. The text is literal, so no pattern can hold up the server. */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { AppError } from '@towline/protocol'
import { opened } from '../root/open-root.ts'
import { joinParts } from '../root/path.ts'
import { demandFolder, type Spot, type Step } from '../root/spot.ts'
import { sendJson } from './answer.ts'
import { bodyOf, type Call, spotAt } from './call.ts'
import { count, demand, flag, text } from './fields.ts'
import { type Glob, parseGlob } from './glob.ts'
import { listFolder } from './list.ts'

export interface SearchMatch {
  readonly path: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number
  readonly text: string
}

/** What a search found; docs/protocol/fs.md §10. */
export interface SearchResult {
  readonly matches: readonly SearchMatch[]
  readonly filesSearched: number
  /** Too long, not text, or not permitted. */
  readonly filesSkipped: number
  /** Why it ended before all was searched. */
  readonly ended?: 'matches' | 'bytes' | 'time'
}

const SPEC = { path: text, text, ignoreCase: flag, glob: text, limit: count }

export const postSearch = async (call: Call): Promise<void> => {
  const { path = '/', glob, limit, ignoreCase = false, ...asked } = await bodyOf(call, SPEC)
  const { limits } = call.service
  const needle = demand(asked.text, 'text')
  if (needle === '' || needle.length > limits.filesSearchChars || needle.includes('\n')) {
    throw new AppError('REQUEST_INVALID', {
      problem: `"text" is one line of 1 to ${limits.filesSearchChars} characters.`,
    })
  }
  using spot = spotAt(call, path)
  const most = Math.min(limit || limits.filesSearchMatches, limits.filesSearchMatches)
  const search = new Search(call, { needle, ignoreCase, most, glob: parseGlob(glob, limits) })
  sendJson(call.res, await search.run(spot))
}

interface SearchOptions {
  readonly needle: string
  readonly ignoreCase: boolean
  readonly most: number
  readonly glob: Glob
}

class Search {
  readonly #call: Call
  readonly #options: SearchOptions
  readonly #fold: (text: string) => string
  readonly #matches: SearchMatch[] = []
  #searched = 0
  #skipped = 0
  #bytes = 0

  constructor(call: Call, options: SearchOptions) {
    this.#call = call
    this.#options = options
    this.#fold = options.ignoreCase ? (text) => text.toLowerCase() : (text) => text
  }

  async run(spot: Spot): Promise<SearchResult> {
    const { service, signal } = this.#call
    const { limits, clock } = service
    const end = clock() + limits.filesSearchMs
    const options = { depth: limits.filesPathParts, limits, signal }
    for await (const { parts, step } of listFolder(demandFolder(spot).fd, options)) {
      if (clock() > end) return this.#result('time')
      if (step?.stat.isFile() === true && this.#options.glob(parts)) await this.#file(step, [...spot.parts, ...parts])
      if (this.#matches.length >= this.#options.most) return this.#result('matches')
      if (this.#bytes >= limits.filesSearchBytes) return this.#result('bytes')
    }
    return this.#result()
  }

  /** One at a time, with others getting their turn after each. */
  async #file({ fd, stat }: Step, parts: readonly string[]): Promise<void> {
    await setImmediate()
    const { filesSearchFileBytes } = this.#call.service.limits
    const bytes = Number(stat.size) > filesSearchFileBytes ? undefined : readAll(fd, Number(stat.size))
    if (bytes === undefined || bytes.includes(0)) {
      this.#skipped++
      return
    }
    this.#searched++
    this.#bytes += bytes.length
    this.#lines(bytes.toString(), joinParts(parts))
  }

  #lines(content: string, path: string): void {
    const needle = this.#fold(this.#options.needle)
    if (!this.#fold(content).includes(needle)) return
    const { filesSearchLineChars } = this.#call.service.limits
    for (const [index, line] of content.split('\n').entries()) {
      const column = this.#fold(line).indexOf(needle)
      if (column < 0) continue
      if (this.#matches.length >= this.#options.most) return
      this.#matches.push({ path, line: index + 1, column: column + 1, text: line.slice(0, filesSearchLineChars) })
    }
  }

  #result(ended?: SearchResult['ended']): SearchResult {
    const counts = { filesSearched: this.#searched, filesSkipped: this.#skipped }
    return { matches: this.#matches, ...counts, ...(ended && { ended }) }
  }
}

/** The content; undefined when it may not be read. */
const readAll = (found: number, size: number): Buffer | undefined => {
  let fd: number
  try {
    fd = openSync(opened(found), constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    const bytes = Buffer.allocUnsafe(size)
    return bytes.subarray(0, readSync(fd, bytes, 0, size, 0))
  } finally {
    closeSync(fd)
  }
}
