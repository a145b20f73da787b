/** Owns telling what is wrong with a setting: its key as one would write it, and the problem without the value. */
import type { z } from 'zod'

/** The key of problems of the file as such. */
export const WHOLE = 'the whole file'

type Issue = z.core.$ZodIssue | undefined

/** Such as `providers[0].clientId`; of several unknown keys the first. */
export const keyOf = (issue: Issue): string => {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  return [...(issue?.path ?? []), ...unknown].reduce<string>(joined, '') || WHOLE
}

const joined = (key: string, part: PropertyKey): string => {
  if (typeof part === 'number') return `${key}[${part}]`
  return key === '' ? shown(part) : `${key}.${shown(part)}`
}

/** Keys land on a terminal, whoever wrote them. */
const shown = (part: PropertyKey): string => JSON.stringify(String(part).slice(0, 64)).slice(1, -1)

export const problemOf = (issue: Issue): string => {
  const { message = '' } = issue ?? {}
  if (message.endsWith('received undefined')) return 'it is missing'
  return message.replace(/^Invalid \w+: /, '')
}
