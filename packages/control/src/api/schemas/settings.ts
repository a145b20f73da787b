/** Owns the shapes of settings, made from the table of keys with the check of each. */
import { z } from '@hono/zod-openapi'
import { KINDS, LIMITS, PUBLIC_ACCESS } from '@towline/protocol'
import type { ProjectSettings } from '../../project/settings.ts'

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
  maxTokenSeconds: z.int().min(1).max(LIMITS.tokenSecondsMax).openapi({
    description:
      'The longest life of a new credential of the project, by whichever API it is made; exchanged tokens are shortened to it.',
  }),
} satisfies Record<keyof ProjectSettings, z.ZodType>

const { publicAccess, allowedNames, allowedPorts, allowedKinds, maxTokenSeconds } = SETTINGS

const EXAMPLE = {
  publicAccess: 'auth-required' as const,
  allowedNames: ['web', 'preview-*'],
  allowedPorts: [{ from: 20_000, to: 20_099 }],
  allowedKinds: ['http' as const, 'private' as const],
  maxTokenSeconds: 86_400,
}

export const settings = z
  .strictObject({
    settings: z.strictObject({
      publicAccess,
      allowedNames: allowedNames.nullable(),
      allowedPorts: allowedPorts.nullable(),
      allowedKinds: allowedKinds.nullable(),
      maxTokenSeconds: maxTokenSeconds.nullable(),
    }),
    changed: z
      .array(z.enum(Object.keys(SETTINGS) as [keyof typeof SETTINGS]))
      .openapi({ description: 'Keys that are not by default.' }),
  })
  .openapi('Settings', {
    description: 'What a project is set to.',
    examples: [{ settings: EXAMPLE, changed: Object.keys(EXAMPLE) }],
  })

export const settingsChange = z
  .strictObject({
    publicAccess: publicAccess.nullable().optional(),
    allowedNames: allowedNames.nullable().optional(),
    allowedPorts: allowedPorts.nullable().optional(),
    allowedKinds: allowedKinds.nullable().optional(),
    maxTokenSeconds: maxTokenSeconds.nullable().optional(),
  })
  .openapi('SettingsChange', {
    description: 'Keys to set; null takes one back.',
    examples: [{ publicAccess: 'forbidden' }],
  })
