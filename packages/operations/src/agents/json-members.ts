/** Owns where the members of a JSON object stand, so that one can be changed and every other byte stays. The text is valid. */
import { past } from '@towline/base'

/** Places are offsets: `start` of the key, `value` of the value, `end` behind it. */
export interface Member {
  readonly key: string
  readonly start: number
  readonly value: number
  readonly end: number
}

const SPACE = /[ \t\r\n]*/y
const SCALAR = /"(?:[^"\\]|\\.)*"|[^\s,[\]{}"]+/y

/** The members of the object that begins at or behind `from`. */
export const membersAt = (text: string, from: number): readonly Member[] => {
  const members: Member[] = []
  let at = past(SPACE, text, past(SPACE, text, from) + 1)
  while (text[at] === '"') {
    const keyEnd = past(SCALAR, text, at)
    const value = past(SPACE, text, past(SPACE, text, keyEnd) + 1)
    const end = endOfValue(text, value)
    members.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, start: at, value, end })
    const comma = past(SPACE, text, end)
    at = text[comma] === ',' ? past(SPACE, text, comma + 1) : comma
  }
  return members
}

/** The last of a name counts, as for JSON.parse. */
export const memberOf = (members: readonly Member[], key: string): Member | undefined =>
  members.findLast((member) => member.key === key)

const endOfValue = (text: string, from: number): number => {
  let depth = 0
  let at = from
  do {
    at = depth === 0 ? at : past(/[\s,:]*/y, text, at)
    const first = text[at]
    if (first === '{' || first === '[') depth += 1
    else if (first === '}' || first === ']') depth -= 1
    at = /[[\]{}]/.test(first ?? '') ? at + 1 : past(SCALAR, text, at)
  } while (depth > 0 && at < text.length)
  return at
}
