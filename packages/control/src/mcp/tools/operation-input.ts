/** Owns what a tool takes beyond the input of its operation: the cursor in its words, a key, and what a person allowed. */
import { z } from 'zod'
import type { Limits } from '@towline/protocol'
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import type { Operation } from '../../api/operation.ts'
import type { OperationSchemas } from './operation-schemas.ts'
import { type Arguments, type JsonSchema, schemaOf } from './tool.ts'

/** As a change's tool takes them. */
export interface ToolArguments extends Arguments {
  readonly approvalId?: string
  readonly idempotencyKey?: string
}

export const toolInput = (
  op: Operation,
  { properties, ...told }: OperationSchemas['input'],
  limits: Limits,
): StandardSchemaWithJSON<unknown, Arguments> => {
  const extra = extrasOf(op, limits)
  const checked = z.strictObject({ ...op.input.shape, ...extra })
  const more = Object.fromEntries(Object.entries(extra).map(([name, schema]) => [name, jsonOf(schema)]))
  const { cursor } = properties
  const json: JsonSchema = {
    ...told,
    properties: { ...properties, ...(cursor && { cursor: { ...cursor, description: CURSOR } }), ...more },
    required: [
      ...(told['required'] as readonly string[]),
      ...(op.idempotency === 'required' ? ['idempotencyKey'] : []),
    ],
  }
  return schemaOf(json, (value) => {
    const read = checked.safeParse(value ?? {})
    if (read.success) return { value: read.data as Arguments }
    return { issues: read.error.issues }
  })
}

const CURSOR = 'nextCursor of the page before.'

const extrasOf = (
  { risk, idempotency }: Operation,
  { idempotencyKeyChars }: Limits,
): Readonly<Record<string, z.ZodType>> => {
  const key = z
    .string()
    .min(1)
    .max(idempotencyKeyChars)
    .describe('Makes repeated calls do the work once: take a new key for each thing to make.')
  return {
    ...(idempotency !== undefined && { idempotencyKey: idempotency === 'required' ? key : key.optional() }),
    ...(risk !== 'read' && {
      approvalId: z
        .string()
        .max(64)
        .optional()
        .describe('From the answer before, once the person allowed this very call.'),
    }),
  }
}

const jsonOf = (schema: z.ZodType): JsonSchema => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' })
  return json
}

/** What a change answers: what it did, or what a person has to allow first. */
export const approvalSchema = (output: JsonSchema): JsonSchema => ({
  type: 'object',
  anyOf: [output, APPROVAL_REQUIRED],
})

const APPROVAL_REQUIRED: JsonSchema = {
  type: 'object',
  description: 'A person has to allow it first.',
  properties: {
    approvalRequired: { type: 'boolean', const: true },
    approvalId: { type: 'string' },
    approveUrl: { type: 'string', format: 'uri' },
    expiresAt: { type: 'integer', description: 'Seconds since the epoch.' },
    next: { type: 'string' },
  },
  required: ['approvalRequired', 'approvalId', 'approveUrl', 'expiresAt', 'next'],
  additionalProperties: false,
}
