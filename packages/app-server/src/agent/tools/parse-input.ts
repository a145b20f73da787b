/** Owns reading what a model wrote as the input of a tool. */
import type { z } from 'zod'
import { ToolRefusal } from './own-tool.ts'

const MOST_ISSUES = 5

/** Throws ToolRefusal, with what is wrong. */
export const parseInput = <T>(schema: z.ZodType<T>, input: string): T => {
  const parsed = schema.safeParse(jsonOf(input))
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, MOST_ISSUES)
  const said = issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`)
  throw new ToolRefusal(`failed to parse function arguments: ${said.join('; ')}`)
}

const jsonOf = (input: string): unknown => {
  try {
    return JSON.parse(input || '{}')
  } catch {
    throw new ToolRefusal('failed to parse function arguments: they are not JSON.')
  }
}
