/** Owns lists in the answers of tools: bounded, and with how much was left out. */
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'

/** Arguments of tools that list. */
export const LISTING = {
  limit: z.int().min(1).max(LIMITS.mcpListItems).default(50).describe('At most so many; what is left out is counted.'),
} as const

/** Fields of every answer that lists. */
export const LISTED = {
  total: z.int().describe('How many there are.'),
  leftOut: z.int().describe('How many of them are not in this answer; narrow the question to see them.'),
} as const

export const listed = <T>(all: readonly T[], limit: number) => ({
  items: all.slice(0, limit),
  counts: { total: all.length, leftOut: Math.max(0, all.length - limit) },
})

export const filterInput = z
  .string()
  .min(1)
  .max(LIMITS.filterChars)
  .optional()
  .describe('Such as "status=online,labels.purpose=review"; pairs with commas between must all fit.')
