/** Owns what a tool answered, bounded: for clients as it is, for the model as text and images. */
import type { CallToolResult } from '@modelcontextprotocol/client'
import { LIMITS, type McpToolCallItem } from '@towline/protocol'
import type { ToolOutput } from '../agent/tool.ts'

type Part = Exclude<ToolOutput, string>[number]
type Block = CallToolResult['content'][number]

/** For clients; what is too long is left out, and said in its place. */
export const resultOf = ({
  content,
  structuredContent,
  _meta,
}: CallToolResult): NonNullable<McpToolCallItem['result']> => {
  let left = LIMITS.mcpResultBytes - sizeOf(structuredContent)
  const isWhole = left >= 0
  if (!isWhole) left = LIMITS.mcpResultBytes
  return {
    content: content.map((block) => {
      const bytes = sizeOf(block)
      if (bytes > left) return { type: 'text', text: `[${block.type} of ${bytes} bytes was left out]` }
      left -= bytes
      return block
    }),
    structuredContent: isWhole ? (structuredContent ?? null) : null,
    _meta: sizeOf(_meta) > LIMITS.mcpInstructions ? null : (_meta ?? null),
  }
}

/** For the model: what is structured says all there is, else every block. */
export const outputOf = ({ content, structuredContent }: NonNullable<McpToolCallItem['result']>): ToolOutput => {
  if (structuredContent !== null) return cut(JSON.stringify(structuredContent), LIMITS.mcpOutputChars)
  const blocks = content as readonly Block[]
  let left: number = LIMITS.mcpOutputChars
  const parts = blocks.slice(0, LIMITS.mcpBlocks).map((block): Part => {
    if (block.type === 'image') return { type: 'input_image', image_url: `data:${block.mimeType};base64,${block.data}` }
    const text = cut(block.type === 'text' ? block.text : JSON.stringify(block), Math.max(left, SHORT))
    left -= text.length
    return { type: 'input_text', text }
  })
  const rest = blocks.length - parts.length
  return rest === 0 ? parts : [...parts, { type: 'input_text', text: `[${rest} further blocks were left out]` }]
}

/** So much of every block is told, however long those before it are. */
const SHORT = 200

/** The beginning and the end: both say more than the middle. */
const cut = (text: string, chars: number): string => {
  if (text.length <= chars) return text
  const half = Math.max(0, Math.floor(chars / 2))
  const end = half === 0 ? '' : text.slice(-half)
  return `${text.slice(0, half)}\n[${text.length - 2 * half} characters were left out here]\n${end}`
}

const sizeOf = (value: unknown): number => (value === undefined ? 0 : JSON.stringify(value).length)
