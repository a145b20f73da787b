/** Owns what a project can be set to, and its defaults. It is read with every credential, so it loads no validator. */
import type { Kind, ProjectPolicy } from '@towline/protocol'
import type { StoredSettings } from './settings-store.ts'

/** As in {@link ProjectPolicy}. */
interface Settable {
  readonly publicAccess: NonNullable<ProjectPolicy['publicAccess']>
  readonly allowedNames: string[]
  readonly allowedPorts: { from: number; to: number }[]
  readonly allowedKinds: Kind[]
  /** The longest life of a new credential. */
  readonly maxTokenSeconds: number
}

/** All keys with what they are now; null is "not restricted". */
export type ProjectSettings = { readonly [Key in keyof Settable]: Settable[Key] | null } & Pick<
  Settable,
  'publicAccess'
>

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
