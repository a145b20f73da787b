/** Owns what of a project's settings the engine holds tunnels to. */
import type { ProjectPolicy } from '@towline/protocol'
import type { StoredSettings } from './settings-store.ts'

/** Undefined when nothing is restricted. What was stored has been checked. */
export const policyOf = (stored: StoredSettings): ProjectPolicy | undefined => {
  const { publicAccess, allowedNames, allowedPorts, allowedKinds } = stored
  const set = Object.entries({ publicAccess, allowedNames, allowedPorts, allowedKinds }).filter(
    ([, value]) => value != null,
  )
  return set.length === 0 ? undefined : (Object.fromEntries(set) as ProjectPolicy)
}
