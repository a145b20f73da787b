/** Owns the schemas of a tool as the SDK takes them: checked with the path of what is wrong, and shown as JSON Schema. */
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import type { Tool } from '../tool.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** What a person allowed, on every tool that may have to ask. */
const APPROVAL_ID = z
  .string()
  .max(64)
  .optional()
  .describe('From the answer before, once a person allowed this very call. Repeat all other arguments unchanged.')

const APPROVAL_REQUIRED = z
  .strictObject({
    approvalRequired: z.literal(true),
    approvalId: z.string(),
    approveUrl: z.url().optional(),
    expiresAt: z.int().describe('Seconds since the epoch.'),
    next: z.string(),
  })
  .describe('Nothing happened yet: a person has to allow it first.')

/** A tool that only looks is allowed by default, but a policy may have it asked about all the same. */
export const inputOf = ({ input }: Tool): StandardSchemaWithJSON<unknown, Readonly<Record<string, unknown>>> => {
  const checked = z.strictObject({ ...input.shape, approvalId: APPROVAL_ID })
  const json = once(() => jsonOf(checked, 'input'))
  return schema(json, (value) => {
    const read = checked.safeParse(value ?? {})
    if (read.success) return { value: read.data as Readonly<Record<string, unknown>> }
    return { issues: read.error.issues }
  })
}

/** What was answered, or what has to be allowed first. */
export const outputOf = ({ output }: Tool): StandardSchemaWithJSON => {
  const json = once(() => ({ type: 'object', anyOf: [jsonOf(output, 'output'), jsonOf(APPROVAL_REQUIRED, 'output')] }))
  return schema(json, (value) => ({ value }))
}

const jsonOf = (of: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _, ...json } = z.toJSONSchema(of, { io, unrepresentable: 'any' })
  return json
}

type Checked<T> = { readonly value: T } | { readonly issues: readonly { readonly message: string }[] }

/** A client that never lists tools pays for none of it, and one that is starting waits for none of it. */
const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

const schema = <T>(
  json: () => JsonSchema,
  validate: (value: unknown) => Checked<T>,
): StandardSchemaWithJSON<unknown, T> =>
  ({
    '~standard': { version: 1, vendor: 'towline', validate, jsonSchema: { input: json, output: json } },
  }) as unknown as StandardSchemaWithJSON<unknown, T>

/** Labels as tools take them. */
export const labelsInput = z
  .record(z.string().min(1).max(LIMITS.labelKeyChars), z.string().max(LIMITS.labelValueChars))
  .optional()
  .describe('Labels to find it by later, such as {"purpose": "review"}.')

/** The arguments by which a tool chooses a server and project. */
export const SELECTOR = {
  context: z.string().min(1).max(64).optional().describe('Context to use instead of the current one.'),
  project: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Endpoint or id of the project; only needed to choose another.'),
} as const
