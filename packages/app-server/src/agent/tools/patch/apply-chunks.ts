/** Owns changing a text by chunks of a patch: their lines are looked for, exactly first, then with more and more forgiveness. */
import { ToolRefusal } from '../own-tool.ts'
import type { Chunk } from './parse-patch.ts'

/** Throws ToolRefusal when the lines of a chunk are not there. */
export const applyChunks = (text: string, chunks: readonly Chunk[], path: string): string => {
  const crlf = text.includes('\r\n')
  const lines = (crlf ? text.replaceAll('\r\n', '\n') : text).split('\n')
  if (lines.at(-1) === '') lines.pop()
  const changed: string[] = []
  let done = 0
  for (const chunk of chunks) {
    const { at, length, added } = place(lines, done, { chunk, path })
    for (let index = done; index < at; index += 1) changed.push(lines[index] as string)
    for (const line of added) changed.push(line)
    done = at + length
  }
  for (let index = done; index < lines.length; index += 1) changed.push(lines[index] as string)
  const whole = changed.map((line) => `${line}\n`).join('')
  return crlf ? whole.replaceAll('\n', '\r\n') : whole
}

interface Placed {
  readonly at: number
  /** Lines that go. */
  readonly length: number
  readonly added: readonly string[]
}

interface Wanted {
  readonly chunk: Chunk
  readonly path: string
}

const place = (lines: readonly string[], from: number, { chunk, path }: Wanted): Placed => {
  const start = chunk.anchors.reduce((at, anchor) => {
    const found = seek(lines, [anchor], { from: at, atEnd: false })
    if (found === undefined) throw missing(path, 'context', [anchor])
    return found + 1
  }, from)
  if (chunk.old.length === 0)
    return { at: chunk.anchors.length > 0 && !chunk.atEnd ? start : lines.length, length: 0, added: chunk.new }
  const found = seek(lines, chunk.old, { from: start, atEnd: chunk.atEnd })
  if (found !== undefined) return { at: found, length: chunk.old.length, added: chunk.new }
  // A last empty line is often only the end of the file.
  if (chunk.old.at(-1) === '') {
    const old = chunk.old.slice(0, -1)
    const shorter = old.length > 0 ? seek(lines, old, { from: start, atEnd: chunk.atEnd }) : undefined
    const added = chunk.new.at(-1) === '' ? chunk.new.slice(0, -1) : chunk.new
    if (shorter !== undefined) return { at: shorter, length: old.length, added }
  }
  throw missing(path, 'expected lines', chunk.old)
}

const MOST_SHOWN = 20

const missing = (path: string, what: string, lines: readonly string[]): ToolRefusal =>
  new ToolRefusal(
    `apply_patch verification failed: Failed to find ${what} in ${path}:\n${lines.slice(0, MOST_SHOWN).join('\n')}`,
  )

/** From strict to forgiving: as they are, without space at the end, without space around, with plain signs for fancy ones. */
const LOOKS: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plainSigns(line.trim()),
]

const plainSigns = (line: string): string =>
  line
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u2018\u2019\u201A\u201B]/g, "'")
    .replace(/[\u201C-\u201F]/g, '"')
    .replace(/[\u00A0\u2002-\u200A\u202F\u205F\u3000]/g, ' ')

interface From {
  readonly from: number
  readonly atEnd: boolean
}

const seek = (lines: readonly string[], wanted: readonly string[], { from, atEnd }: From): number | undefined => {
  const last = lines.length - wanted.length
  for (const look of LOOKS) {
    const target = wanted.map(look)
    const fits = (at: number): boolean => target.every((line, index) => look(lines[at + index] as string) === line)
    if (atEnd && last >= from && fits(last)) return last
    for (let at = from; at <= last; at += 1) if (fits(at)) return at
  }
  return undefined
}
