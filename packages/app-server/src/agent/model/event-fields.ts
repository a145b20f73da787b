/** Owns reading the events of a model: what is in them, and a failure where what must be is not. */
import { LIMITS } from '@towline/protocol'
import type { ResponseItem } from '../../threads/rollout-line.ts'
import type { ModelEvent } from './model-client.ts'
import { ModelFailure, nonsense, type ToldError } from './model-failure.ts'

/** All text of a message. */
export const textOf = (item: ResponseItem): string => textsOf(item['content']).join('')

/** Of parts of text, and of refusals. */
export const textsOf = (parts: unknown): readonly string[] =>
  Array.isArray(parts)
    ? parts.flatMap((part: { readonly text?: unknown; readonly refusal?: unknown } | null) => {
        const text = part?.text ?? part?.refusal
        return typeof text === 'string' ? [text] : []
      })
    : []

/** Whether it has a type, which all items have. */
export const isItem = (value: unknown): value is ResponseItem =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Throws ModelFailure. */
export const itemOf = ({ item, type }: ModelEvent): ResponseItem => {
  if (isItem(item)) return item
  throw nonsense(`an event ${type} came without its item.`)
}

/** Some endpoints give items none, or an empty one. */
export const idOf = ({ id }: ResponseItem): string | undefined => (typeof id === 'string' && id !== '' ? id : undefined)

/** Throws ModelFailure. */
export const stringOf = (event: ModelEvent, name: string): string => {
  const found = event[name]
  if (typeof found === 'string') return found
  throw nonsense(`an event ${event.type} came without its ${name}.`)
}

/** Throws ModelFailure. */
export const deltaOf = (event: ModelEvent): readonly [id: string, delta: string] => [
  stringOf(event, 'item_id'),
  stringOf(event, 'delta'),
]

/** Of a part of an item; 0 where it is left out. Throws ModelFailure. */
export const indexOf = (event: ModelEvent, name: string): number => {
  const found = event[name] ?? 0
  if (Number.isSafeInteger(found) && (found as number) >= 0 && (found as number) < LIMITS.agentItemParts)
    return found as number
  throw nonsense(`an event ${event.type} came with a wrong ${name}.`)
}

type Plain = Readonly<Record<string, unknown>>

/** Empty where the event has none. */
export const responseOf = ({ response }: ModelEvent): Plain =>
  typeof response === 'object' && response !== null ? (response as Plain) : {}

/** Some endpoints have it beside the type, others within `error`. */
export const errorOf = (of: Plain): ToldError =>
  typeof of['error'] === 'object' && of['error'] !== null ? (of['error'] as ToldError) : (of as ToldError)

/** Of an answer that the endpoint did not finish. */
export const incomplete = (response: Plain): ModelFailure => {
  const { reason } = (response['incomplete_details'] ?? {}) as { readonly reason?: unknown }
  return new ModelFailure({
    message: `Incomplete response returned, reason: ${typeof reason === 'string' ? reason.slice(0, 100) : 'unknown'}`,
    ...{ info: 'other', retryable: false, during: 'stream' },
  })
}
