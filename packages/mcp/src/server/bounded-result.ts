/** Owns the size of what a tool answers: a model's context is small, and an agent's memory is not ours to fill. */
import type { CallToolResult } from '@modelcontextprotocol/server'
import { AppError, type Limits } from '@towline/protocol'

/** The answer as text and as structured content. Throws ANSWER_TOO_LONG: tools bound what they answer themselves, and say so. */
export const boundedResult = (
  answer: Readonly<Record<string, unknown>>,
  { mcpLocalAnswerChars }: Limits,
  isError = false,
): CallToolResult => {
  const text = JSON.stringify(answer)
  if (text.length > mcpLocalAnswerChars) {
    throw new AppError('ANSWER_TOO_LONG', { limit: mcpLocalAnswerChars })
  }
  return { content: [{ type: 'text', text }], structuredContent: answer, ...(isError && { isError }) }
}
