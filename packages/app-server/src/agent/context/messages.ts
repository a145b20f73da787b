/** Owns messages of the history that no model wrote: what a person said, and what the model is told of the turn. */
import { readFile, stat } from 'node:fs/promises'
import { LIMITS, type UserInput } from '@towline/protocol'
import type { ResponseItem } from '../../threads/rollout-line.ts'
import { imageType } from '../tools/image-type.ts'

type Part = Readonly<Record<string, unknown>>

export const messageOf = (role: 'user' | 'developer', text: string): ResponseItem => ({
  ...{ type: 'message', role },
  content: [{ type: 'input_text', text }],
})

/** What a person sent, as a message. A file that cannot be shown is named with the reason. */
export const userMessage = async (input: readonly UserInput[]): Promise<ResponseItem> => ({
  ...{ type: 'message', role: 'user' },
  content: (await Promise.all(input.map(partsOf))).flat(),
})

const text = (words: string): Part => ({ type: 'input_text', text: words })

const partsOf = async (input: UserInput): Promise<readonly Part[]> => {
  if (input.type === 'text') return [text(input.text)]
  if (input.type === 'image') return [{ type: 'input_image', image_url: input.url }]
  if (input.type === 'localImage') return [await localImage(input.path)]
  return [text(`[${input.type} ${input.name}: ${input.path}]`)]
}

/** A file of the machine that the server runs on. */
const localImage = async (path: string): Promise<Part> => {
  const fail = (problem: string): Part => text(`[The image ${path} cannot be shown: ${problem}]`)
  try {
    const { size } = await stat(path)
    if (size > LIMITS.agentImageBytes) return fail(`it has more than ${LIMITS.agentImageBytes} bytes.`)
    const bytes = await readFile(path)
    const type = imageType(bytes)
    if (type === undefined) return fail('it is no PNG, JPEG, GIF or WebP image.')
    return { type: 'input_image', image_url: `data:${type};base64,${bytes.toString('base64')}` }
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}
