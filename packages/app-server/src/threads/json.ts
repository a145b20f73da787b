/** Owns looking at values of lines that others wrote: what has another shape than is known is taken for not there. */

export type Json = Readonly<Record<string, unknown>>

export const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const texts = (value: unknown): readonly string[] => list(value).filter((each) => typeof each === 'string')

export const objects = (value: unknown): readonly Json[] =>
  list(value).flatMap((each) => {
    const found = object(each)
    return found ? [found] : []
  })
