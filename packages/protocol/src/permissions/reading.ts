/** Owns what the readers of boundaries share: where they are, and how they refuse. */
import { AppError } from '../errors.ts'
import { shown } from '../shown.ts'

export type Json = Readonly<Record<string, unknown>>

/** Where a reader is. */
export interface Reading {
  /** As a path from the root, which is called "it". */
  readonly at: string
  readonly depth: number
  /** Of the whole boundary. */
  readonly regexes: { count: number }
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const fail = (at: string, problem: string): AppError => new AppError('BOUNDARY_INVALID', { at, problem })

/** Throws BOUNDARY_INVALID for a key that is not among `known`. */
export const refuseUnknown = (value: Json, known: readonly string[], at: string): void => {
  const stranger = Object.keys(value).find((key) => !known.includes(key))
  if (stranger !== undefined) throw fail(at, `the key "${shown(stranger)}" is not known there; ${known.join(', ')} are`)
}
