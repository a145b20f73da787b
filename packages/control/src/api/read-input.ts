/** Owns reading what a request asks for into plain fields; schemas check them. */
import { AppError, type Limits } from '@towline/protocol'
import { requireShallow } from './require-shallow.ts'

/** Parameters of path and query. Throws REQUEST_INVALID for one that comes twice. */
export const readFields = (fields: Readonly<Record<string, string | readonly string[]>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const [first = '', ...more] = typeof value === 'string' ? [value] : value
      if (more.length > 0) throw new AppError('REQUEST_INVALID', { problem: `${key}: it is there twice` })
      return [key, first]
    }),
  )

/** A body of JSON; an empty one is an empty object. Throws PAYLOAD_TOO_LARGE or REQUEST_INVALID. */
export const readBody = async (
  request: Request,
  { apiBodyBytes, apiBodyDepth }: Limits,
): Promise<Readonly<Record<string, unknown>>> => {
  const text = await readText(request, apiBodyBytes)
  if (text === '') return {}
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new AppError('REQUEST_INVALID', {
      problem: 'the body is not told to be JSON (Content-Type: application/json)',
    })
  }
  const value = parse(text)
  requireShallow(value, apiBodyDepth)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new AppError('REQUEST_INVALID', { problem: 'the body is not a JSON object' })
}

/** Not by hono's body-limit, which makes a new Request of one of Node's server and fails. */
const readText = async ({ body }: Request, limit: number): Promise<string> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length
    if (bytes > limit) throw new AppError('PAYLOAD_TOO_LARGE', { limit })
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('REQUEST_INVALID', { problem: 'the body is not JSON' })
  }
}
