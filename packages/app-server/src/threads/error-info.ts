/** Owns the sort of a failure as lines have it: the words of clients in snake case. */
import type { CodexErrorInfo } from '@towline/protocol'
import { object, text } from './json.ts'

const renamed = (value: unknown, rename: (name: string) => string): unknown => {
  if (typeof value === 'string') return rename(value)
  const known = object(value)
  if (!known) return value
  return Object.fromEntries(
    Object.entries(known).map(([name, inner]) => [rename(name), object(inner) ? renamed(inner, rename) : inner]),
  )
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

export const errorInfoLine = (info: CodexErrorInfo | null): unknown => renamed(info, snake)

export const errorInfoOf = (line: unknown): CodexErrorInfo | null =>
  text(line) || object(line) ? (renamed(line, camel) as CodexErrorInfo) : null
