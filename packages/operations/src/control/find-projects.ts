/** Owns which projects are meant by what people call them. */
import type { ProjectView } from '@towline/protocol'

/** By id or endpoint there is one at most; a name may be that of several. */
export const findProjects = (all: readonly ProjectView[], named: string): readonly ProjectView[] => {
  const exact = all.filter(({ id, endpoint }) => id === named || endpoint === named)
  if (exact.length > 0) return exact
  const wanted = named.trim().toLowerCase()
  return all.filter(({ name }) => name.toLowerCase() === wanted)
}
