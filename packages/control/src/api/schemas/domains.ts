/** Owns the shape of reserved names. */
import { seconds } from './fields.ts'
import { z } from '../zod.ts'

export const reservedName = z
  .strictObject({ name: z.string(), host: z.string(), createdAt: seconds })
  .openapi('ReservedName', {
    description: 'A tunnel name that a project keeps for itself.',
    examples: [{ name: 'web', host: 'web.demo.towline.example', createdAt: 1_760_000_000 }],
  })
