/** Owns the schemas of a tool as the SDK takes them: checked with the path of what is wrong, and shown as JSON Schema. */
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import type { Tool } from '../tool.ts'
import { portable } from './portable.ts'
import { terse } from './terse.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** What a person allowed, on every tool that may have to ask. */
const APPROVAL_ID = z
  .string()
  .max(64)
  .optional()
  .describe('Of an answer approvalRequired, once a person allowed it; all other arguments unchanged.')

/** The answer of every tool that a person has to allow first; `ApprovalRequired` has the rest, and INSTRUCTIONS the words. */
const APPROVAL_REQUIRED: JsonSchema = {
  type: 'object',
  properties: { approvalRequired: { type: 'boolean', const: true }, approvalId: { type: 'string' } },
  required: ['approvalRequired', 'approvalId'],
}

/** A tool that only looks is allowed by default, but a policy may have it asked about all the same. */
const checkedOf = ({ input }: Tool): z.ZodObject => z.strictObject({ ...input.shape, approvalId: APPROVAL_ID })

export const inputJson = (tool: Tool): JsonSchema => jsonOf(checkedOf(tool), 'input')

/** What was answered, or what has to be allowed first. */
export const outputJson = ({ output }: Tool): JsonSchema => ({
  type: 'object',
  anyOf: [jsonOf(output, 'output'), APPROVAL_REQUIRED],
})

const jsonOf = (of: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _, ...json } = z.toJSONSchema(of, { io, unrepresentable: 'any' })
  return terse(portable(json)) as JsonSchema
}

type Checked<T> = { readonly value: T } | { readonly issues: readonly { readonly message: string }[] }
type Args = Readonly<Record<string, unknown>>

/** Checks what a call gives; the tool is loaded by its first call. */
export const offeredInput = (
  { inputSchema }: { readonly inputSchema: JsonSchema },
  load: () => Promise<Tool>,
): StandardSchemaWithJSON<unknown, Args> => {
  let loading: Promise<z.ZodObject> | undefined
  return schema(inputSchema, async (value) => {
    const read = (await (loading ??= load().then(checkedOf))).safeParse(value ?? {})
    return read.success ? { value: read.data } : { issues: read.error.issues }
  })
}

/** Tools answer by their types; nothing is checked once more. */
export const offeredOutput = ({ outputSchema }: { readonly outputSchema: JsonSchema }): StandardSchemaWithJSON =>
  schema(outputSchema, (value) => ({ value }))

const schema = <T>(
  json: JsonSchema,
  validate: (value: unknown) => Checked<T> | Promise<Checked<T>>,
): StandardSchemaWithJSON<unknown, T> =>
  ({
    '~standard': { version: 1, vendor: 'towline', validate, jsonSchema: { input: () => json, output: () => json } },
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
