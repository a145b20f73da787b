/** Owns reading the messages of a request once, within a bound, and which tools they call. */
import { AppError, type Limits } from '@towline/protocol'
import { requireShallow } from '../api/require-shallow.ts'

export interface Messages {
  /** Undefined when the body is no JSON; the transport says so. */
  readonly parsed: unknown
  readonly text: string
  /** Names in `tools/call`, also in a batch, which revisions before 2025-06-18 had. */
  readonly calls: readonly string[]
  /** To answer a refusal to. */
  readonly id: string | number | null
}

/** Throws PAYLOAD_TOO_LARGE, or REQUEST_INVALID for one that is nested too deeply. */
export const readMessages = async (request: Request, { apiBodyBytes, apiBodyDepth }: Limits): Promise<Messages> => {
  const text = await readText(request, apiBodyBytes)
  const parsed = parse(text)
  requireShallow(parsed, apiBodyDepth)
  const all = [parsed].flat().filter((one) => typeof one === 'object' && one !== null) as Message[]
  const [first] = all
  return {
    parsed,
    text,
    calls: all.flatMap(({ method, params }) => (method === 'tools/call' ? [String(params?.name)] : [])),
    id: all.length === 1 && (typeof first?.id === 'string' || typeof first?.id === 'number') ? first.id : null,
  }
}

interface Message {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: { readonly name?: unknown } | null
}

const readText = async ({ body }: Request, limit: number): Promise<string> => {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body ?? []) {
    length += part.length
    if (length > limit) throw new AppError('PAYLOAD_TOO_LARGE', { limit })
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
