/** Owns the bounds of what tools answer: lists come in pages that fit, and texts in parts. */
import { AppError, type Limits } from '@towline/protocol'
import type { JsonSchema, ToolAnswer } from './tool.ts'

type Properties = Readonly<Record<string, JsonSchema>>

/** A page of the API says `next`; tools say `nextCursor`, as the protocol's own lists do. */
export const pagedSchema = (schema: JsonSchema): JsonSchema => {
  const { next, ...properties } = (schema['properties'] ?? {}) as Properties
  if (!next || !('properties' in schema)) return schema
  return { ...schema, properties: { ...properties, nextCursor: next } }
}

const paged = ({ next, ...answer }: ToolAnswer): ToolAnswer =>
  next === undefined ? answer : { ...answer, nextCursor: next }

/** `read` is asked for fewer items until they fit. Throws ANSWER_TOO_LONG. */
export const fitted = async (
  args: Readonly<Record<string, unknown>>,
  { mcpAnswerChars: limit }: Pick<Limits, 'mcpAnswerChars'>,
  read: (args: Readonly<Record<string, unknown>>) => Promise<unknown>,
): Promise<ToolAnswer> => {
  const answer = (await read(args)) as ToolAnswer
  if (JSON.stringify(answer).length <= limit) return paged(answer)
  const items = args['limit']
  if (typeof items !== 'number' || items <= 1) throw new AppError('ANSWER_TOO_LONG', { limit })
  return await fitted({ ...args, limit: Math.floor(items / 2) }, { mcpAnswerChars: limit }, read)
}

/** The part of a text at a cursor, which is the place of its first character. Throws REQUEST_INVALID. */
export const partOf = (
  text: string,
  cursor: string | undefined,
  { mcpAnswerChars }: Pick<Limits, 'mcpAnswerChars'>,
): { readonly text: string; readonly nextCursor?: string } => {
  const from = cursor === undefined ? 0 : Number(cursor)
  if (!Number.isSafeInteger(from) || from < 0 || from > text.length) {
    throw new AppError('REQUEST_INVALID', { problem: 'the cursor is not one that a part before has told' })
  }
  // JSON may write one character as six.
  const end = from + Math.floor(mcpAnswerChars / 3)
  return { text: text.slice(from, end), ...(end < text.length && { nextCursor: String(end) }) }
}
