/** Owns what labels may hold, and reading them from `key=value` flags. */
import { AppError } from './errors.ts'
import { LIMITS, type Limits } from './limits.ts'
import { shown } from './shown.ts'
import type { Labels } from './tunnel.ts'

/** Letters, digits and `. _ - /`, starting and ending with a letter or digit. */
const KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/
/** What could move a cursor, end a log line or turn the reading direction. */
const UNSAFE_VALUE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u

/** Whether `key` may be the key of a label. */
export const isLabelKey = (key: string, limits: Limits = LIMITS): boolean =>
  key.length <= limits.labelKeyChars && KEY.test(key)

/** What is wrong with a label, in the order it is told. */
const flaw = (key: string, value: unknown, limits: Limits): string | undefined => {
  if (key === '') return 'the key is empty'
  if (key.length > limits.labelKeyChars)
    return `the key has ${key.length} characters, at most ${limits.labelKeyChars} fit`
  if (!KEY.test(key)) return 'the key holds characters it may not, or starts or ends with one of ". _ - /"'
  if (typeof value !== 'string') return 'the value is not text'
  if (value.length > limits.labelValueChars) {
    return `the value has ${value.length} characters, at most ${limits.labelValueChars} fit`
  }
  if (UNSAFE_VALUE.test(value)) return 'the value holds control characters'
  return undefined
}

/** Answers a copy of `labels`; throws LABEL_INVALID. */
export const validateLabels = (labels: Readonly<Record<string, unknown>>, limits: Limits = LIMITS): Labels => {
  const entries = Object.entries(labels)
  if (entries.length > limits.labels) {
    throw new AppError('LABEL_INVALID', {
      label: shown(entries[limits.labels]?.[0] ?? ''),
      problem: `more than ${limits.labels} labels`,
    })
  }
  for (const [key, value] of entries) {
    const problem = flaw(key, value, limits)
    if (problem) throw new AppError('LABEL_INVALID', { label: shown(key), problem })
  }
  return Object.fromEntries(entries) as Labels
}

/** Whether something with the labels `own` has all of `wanted`. */
export const hasLabels = (own: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => Object.hasOwn(own, key) && own[key] === value)

/** Reads `key=value`; what follows the first `=` is the value, and may be empty. Throws LABEL_INVALID. */
export const parseLabel = (text: string, limits: Limits = LIMITS): readonly [key: string, value: string] => {
  const cut = text.indexOf('=')
  if (cut < 0)
    throw new AppError('LABEL_INVALID', {
      label: shown(text),
      problem: 'it has no "="',
    })
  const [key, value] = [text.slice(0, cut), text.slice(cut + 1)]
  const problem = flaw(key, value, limits)
  if (problem) throw new AppError('LABEL_INVALID', { label: shown(text), problem })
  return [key, value]
}

/** Reads a repeated `key=value` flag. Throws LABEL_INVALID, also for a key given twice. */
export const parseLabels = (texts: readonly string[], limits: Limits = LIMITS): Labels => {
  const labels = new Map<string, string>()
  for (const text of texts) {
    const [key, value] = parseLabel(text, limits)
    if (labels.has(key))
      throw new AppError('LABEL_INVALID', {
        label: shown(text),
        problem: `the key "${key}" is given twice`,
      })
    labels.set(key, value)
  }
  return validateLabels(Object.fromEntries(labels), limits)
}
