/** Owns what a project can be set to, and what it is when nothing is set. Loaded with the authority, so it checks nothing. */
import type { ProjectPolicy } from '@towline/protocol'
import type { z } from 'zod'
import type { SETTINGS } from '../api/schemas/setting-fields.ts'
import type { StoredSettings } from './settings-store.ts'

type Values = { readonly [Key in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[Key]> | null }

/** All keys with what they are now; null is "not restricted". */
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

/** What the engine holds tunnels to; undefined when nothing is restricted. */
export const policyOf = (stored: StoredSettings): ProjectPolicy | undefined => {
  const { maxTokenSeconds: _, ...policy } = stored as Partial<ProjectSettings>
  const set = Object.entries(policy).filter(([, value]) => value !== null)
  return set.length === 0 ? undefined : (Object.fromEntries(set) as ProjectPolicy)
}
