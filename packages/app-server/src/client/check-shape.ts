/** Owns seeing that the last message keeps to the schema that was asked for: not every endpoint does. */
import { AppError } from '@towline/protocol'

/** Rejects with ANSWER_SHAPELESS. A schema that cannot be checked here lets any JSON pass. */
export const checkShape = async (schema: object, message: string): Promise<void> => {
  const value = valueOf(message)
  const { z } = await import('zod')
  let shape
  try {
    shape = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
  } catch {
    return
  }
  const [issue] = shape.safeParse(value).error?.issues ?? []
  if (issue) throw shapeless(`${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}.`)
}

const valueOf = (message: string): unknown => {
  try {
    return JSON.parse(message)
  } catch {
    throw shapeless('it is not JSON.')
  }
}

const shapeless = (problem: string): AppError => new AppError('ANSWER_SHAPELESS', { problem })
