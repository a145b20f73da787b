/** Owns making tools that answer without a token. */
import { z } from 'zod'
import { type JsonSchema, schemaOf, type Tool, type ToolAnswer, toldOf } from './tool.ts'

export interface PublicTool<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: Input
  readonly output: Output
  readonly run: (args: z.output<Input>) => Promise<z.input<Output>> | z.input<Output>
}

/** They only read what the server tells everyone. */
export const publicTool = <Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: PublicTool<Input, Output>,
): Tool => {
  const { name, title, description, input, output, run } = tool
  return {
    name,
    description,
    annotations: { title, readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    scopes: undefined,
    input: schemaOf(jsonOf(input, 'input'), (value) => {
      const read = input.safeParse(value ?? {})
      return read.success ? { value: read.data } : { issues: read.error.issues }
    }),
    output: toldOf(jsonOf(output, 'output')),
    run: async (args) => output.parse(await run(args as z.output<Input>)) as ToolAnswer,
  }
}

const jsonOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _schema, ...json } = z.toJSONSchema(schema, { io })
  return json
}

/** Fields that several tools share. */
export const FIELDS = {
  url: z.string().describe('Absolute.'),
  text: z.string().describe('Markdown.'),
  cursor: z.string().max(16).optional().describe('nextCursor of the part before.'),
  nextCursor: z.string().optional().describe('Where the next part begins; absent at the end.'),
} as const

export const NO_INPUT = z.strictObject({})
