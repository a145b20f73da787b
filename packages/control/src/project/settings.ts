/** Owns what a project can be set to: each key, its check and its default. */
import type { z as zod } from '@hono/zod-openapi'
import { KINDS, LIMITS, PUBLIC_ACCESS } from '@towline/protocol'
import { z } from '../api/zod.ts'
import type { StoredSettings } from './settings-store.ts'

const PORT_MAX = 65_535

const range = z
  .strictObject({
    from: z.int().min(LIMITS.tcpPortMin).max(PORT_MAX),
    to: z.int().min(LIMITS.tcpPortMin).max(PORT_MAX),
  })
  .refine(({ from, to }) => from <= to, 'from is beyond to')

const pattern = z
  .string()
  .max(LIMITS.nameChars)
  .regex(/^(?:[a-z0-9][a-z0-9-]*\*?|\*)$/, 'a pattern is a name, or the beginning of one and "*"')

/** Every key; null in an answer is "not restricted". */
export const SETTINGS = {
  publicAccess: z.enum(PUBLIC_ACCESS).openapi({
    description: 'Whether tunnels may be published: all, only those that ask visitors for a token, or none.',
  }),
  allowedNames: z
    .array(pattern)
    .min(1)
    .max(LIMITS.settingItems)
    .openapi({ description: 'Names that tunnels may have; "*" at the end is any rest.' }),
  allowedPorts: z.array(range).min(1).max(LIMITS.settingItems).openapi({ description: 'Public ports of TCP tunnels.' }),
  allowedKinds: z.array(z.enum(KINDS)).min(1).max(KINDS.length).openapi({ description: 'Kinds of tunnels.' }),
  maxTokenSeconds: z
    .int()
    .min(1)
    .max(LIMITS.tokenSecondsMax)
    .openapi({ description: 'The longest life of a new credential.' }),
}

type Values = { readonly [Key in keyof typeof SETTINGS]: zod.output<(typeof SETTINGS)[Key]> | null }

/** All keys with what they are now. */
export type ProjectSettings = Values & { readonly publicAccess: NonNullable<Values['publicAccess']> }

const DEFAULTS: ProjectSettings = {
  publicAccess: 'allowed',
  allowedNames: null,
  allowedPorts: null,
  allowedKinds: null,
  maxTokenSeconds: null,
}

export const settingsOf = (stored: StoredSettings): ProjectSettings => ({
  ...DEFAULTS,
  ...(stored as Partial<ProjectSettings>),
})
