/** Owns what a page of a stranger's tools must have: what is needed is checked, all else goes through as it is. */
import { z } from 'zod'

const OBJECT = z.record(z.string(), z.unknown())

export const TOOL_PAGE = z.looseObject({
  tools: z.array(
    z.looseObject({
      name: z.string().min(1).max(256),
      title: z.string().optional(),
      description: z.string().optional(),
      inputSchema: OBJECT,
      outputSchema: OBJECT.optional(),
      annotations: OBJECT.optional(),
    }),
  ),
  nextCursor: z
    .string()
    .max(64 * 1024)
    .optional(),
})
