/** Owns the size of what a remote tool answered: a model's context is small. What is left out is said in its place. */
import { type Json, sizeOf } from './json-size.ts'

/** A block of content as MCP defines it; text is cut, and what does not fit is replaced by a text that says so. */
export type RemoteContent = Readonly<Record<string, unknown>> & { readonly type: string }

export interface RemoteAnswer {
  readonly content: readonly RemoteContent[]
  /** Left out whole when it does not fit: a part of it would be another value. */
  readonly structuredContent?: Json
  readonly isError: boolean
  /** Whether something was left out. */
  readonly truncated: boolean
}

interface Answered {
  readonly content?: readonly unknown[] | undefined
  readonly structuredContent?: unknown
  readonly isError?: boolean | undefined
}

/** At most about `maxBytes` of JSON. */
export const boundedAnswer = (answer: Answered, maxBytes: number): RemoteAnswer => {
  const room = { left: maxBytes, truncated: false }
  const { structuredContent } = answer
  const structured = structuredContent === undefined ? undefined : whole(structuredContent as Json, room)
  const blocks = (answer.content ?? []) as readonly RemoteContent[]
  const content: RemoteContent[] = []
  for (const [at, block] of blocks.entries()) {
    if (room.left <= 0 && at > 0) {
      content.push(note(`${blocks.length - at} further blocks of content were left out.`))
      room.truncated = true
      break
    }
    content.push(fitted(block, room))
  }
  if (structuredContent !== undefined && structured === undefined)
    content.push(note(`The structured content was left out: it has ${sizeOf(structuredContent)} bytes.`))
  return {
    content,
    ...(structured !== undefined && { structuredContent: structured }),
    isError: answer.isError === true,
    truncated: room.truncated,
  }
}

interface Room {
  left: number
  truncated: boolean
}

/** It comes first: text blocks mostly repeat it. */
const whole = (value: Json, room: Room): Json | undefined => {
  const bytes = sizeOf(value)
  if (bytes > room.left) {
    room.truncated = true
    return undefined
  }
  room.left -= bytes
  return value
}

const fitted = (block: RemoteContent, room: Room): RemoteContent => {
  const bytes = sizeOf(block)
  if (bytes <= room.left) {
    room.left -= bytes
    return block
  }
  room.truncated = true
  const { left } = room
  room.left = 0
  const { text } = block
  if (block.type !== 'text' || typeof text !== 'string') return note(`${kindOf(block)} of ${bytes} bytes was left out.`)
  const head = headOf(text, left)
  return {
    type: 'text',
    text: `${head}\n[${Buffer.byteLength(text) - Buffer.byteLength(head)} bytes of text were left out here.]`,
  }
}

/** The beginning of `text` whose JSON has at most `bytes`, without half a character at its end. */
const headOf = (text: string, bytes: number): string => {
  let [low, high] = [0, Math.min(text.length, bytes)]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (sizeOf(text.slice(0, middle)) <= bytes) low = middle
    else high = middle - 1
  }
  return text.slice(0, low).replace(/[\ud800-\udbff]$/, '')
}

const kindOf = ({ type, mimeType }: RemoteContent): string => {
  const known = ['image', 'audio', 'resource', 'resource_link'].includes(type) ? type : 'content'
  return typeof mimeType === 'string' && /^[\w.+-]{1,40}\/[\w.+-]{1,60}$/.test(mimeType)
    ? `${known} (${mimeType})`
    : known
}

const note = (text: string): RemoteContent => ({ type: 'text', text: `[${text}]` })
