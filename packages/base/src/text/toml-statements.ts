/** Owns where the statements of a TOML file stand, so that one can be changed and every other byte stays. The text is valid. */
import { past } from './splice.ts'

/** Places are offsets in the text; `end` is behind the line break. */
export interface Statement {
  readonly kind: 'table' | 'pair' | 'comment' | 'blank'
  /** Of a table its name, of a pair its table's name and its key. */
  readonly path: readonly string[]
  readonly start: number
  readonly end: number
  /** Of a pair. */
  readonly value?: { readonly start: number; readonly end: number }
}

/** In order, without gaps (TOML 1.0; tables of arrays are tables here). */
export const tomlStatements = (text: string): readonly Statement[] => {
  const found: Statement[] = []
  let table: readonly string[] = []
  for (let at = 0; at < text.length; at = (found.at(-1) as Statement).end) {
    const statement = readStatement(text, at, table)
    if (statement.kind === 'table') table = statement.path
    found.push(statement)
  }
  return found
}

const readStatement = (text: string, start: number, table: readonly string[]): Statement => {
  const at = past(/[ \t]*/y, text, start)
  const first = text[at]
  if (first === undefined || first === '\n' || first === '\r')
    return { kind: 'blank', path: [], start, end: nextLine(text, at) }
  if (first === '#') return { kind: 'comment', path: [], start, end: nextLine(text, at) }
  if (first === '[') {
    const { path, end } = readKey(text, past(/\[+[ \t]*/y, text, at))
    return { kind: 'table', path, start, end: nextLine(text, end) }
  }
  const key = readKey(text, at)
  const from = past(/[ \t]*=[ \t]*/y, text, key.end)
  const to = endOfValue(text, from)
  return {
    ...{ kind: 'pair', path: [...table, ...key.path], start, end: nextLine(text, to) },
    value: { start: from, end: to },
  }
}

const KEY = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+)/y

const readKey = (text: string, from: number): { readonly path: readonly string[]; readonly end: number } => {
  const path: string[] = []
  for (let at = from; ; ) {
    KEY.lastIndex = at
    const [all = '', basic, literal, bare] = KEY.exec(text) ?? []
    path.push(basic === undefined ? (literal ?? bare ?? '') : unescaped(basic))
    const end = at + all.length
    at = past(/[ \t]*\.[ \t]*/y, text, end)
    if (at === end) return { path, end }
  }
}

const unescaped = (basic: string): string => {
  try {
    return JSON.parse(`"${basic}"`) as string
  } catch {
    return basic
  }
}

/** Strings of all four sorts, comments between elements, brackets, and everything else up to a break or comment. */
const PIECE =
  /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[[\]{}\n]|[^[\]{}"'#\n]+/y

const endOfValue = (text: string, from: number): number => {
  let depth = 0
  let end = from
  for (let at = from; at < text.length; ) {
    PIECE.lastIndex = at
    const [piece = ''] = PIECE.exec(text) ?? []
    if (depth === 0 && (piece === '' || piece === '\n' || piece.startsWith('#'))) break
    if (piece === '[' || piece === '{') depth += 1
    if (piece === ']' || piece === '}') depth -= 1
    at += piece.length
    end = at
  }
  return from + text.slice(from, end).trimEnd().length
}

const nextLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}
