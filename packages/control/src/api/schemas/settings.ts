/** Owns the shapes of settings, made from the table of keys. */
import { SETTINGS } from '../../project/settings.ts'
import { z } from '../zod.ts'

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
