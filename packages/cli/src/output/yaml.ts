/** Owns writing plain values as YAML 1.2: block style, strings quoted as JSON wherever plain could mean something else. */
import { safeJson } from './safe-json.ts'

/** A document of objects, lists, strings, numbers, booleans and nulls, ending without a line break. */
export const toYaml = (value: unknown): string => lines(value).join('\n')

/** Starts with a letter, holds nothing that YAML gives a meaning, and is no word that reads as another type. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_./-]*$/
const WORDS = /^(y|n|yes|no|on|off|true|false|null)$/i

const lines = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.length === 0 ? ['[]'] : value.flatMap(item)
  if (typeof value !== 'object' || value === null) return [scalar(value)]
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return entries.length === 0 ? ['{}'] : entries.flatMap(([key, field]) => entry(key, field))
}

const item = (value: unknown): readonly string[] =>
  lines(value).map((text, index) => `${index === 0 ? '- ' : '  '}${text}`)

const entry = (key: string, value: unknown): readonly string[] => {
  const nested = lines(value)
  return isBlock(value) ? [`${scalar(key)}:`, ...nested.map((text) => `  ${text}`)] : [`${scalar(key)}: ${nested[0]}`]
}

const isBlock = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

const scalar = (value: unknown): string =>
  typeof value === 'string' && PLAIN.test(value) && !WORDS.test(value) ? value : safeJson(value ?? null)
