/** Owns the methods about what stock servers also have: collaboration modes, hooks, skills, plugins. Here there are none, and clients are told so. */
import { z } from 'zod'
import { method, type MethodTable } from '../server/method.ts'
import { PAGE, type PageParams, pageOf } from './page.ts'
import { ANY, folderOf } from './params.ts'
import type { BasicServices } from './services.ts'

const CWDS = z.looseObject({ cwds: z.array(z.string().max(8192)).max(256).nullish() })

interface Cwds {
  readonly cwds?: readonly string[] | null | undefined
}

/** One entry for each folder that was named, or the server's own. */
const foldersOf = ({ cwds }: Cwds, { cwd }: BasicServices): readonly string[] =>
  cwds?.length ? cwds.map((folder) => folderOf(folder, cwd)) : [cwd]

const PROFILES = [
  { id: ':read-only', description: 'Reads files, changes nothing', allowed: true },
  { id: ':workspace', description: 'Changes files of the workspace', allowed: true },
  { id: ':danger-full-access', description: 'Does what this user may do', allowed: true },
]

const paged = (items: readonly object[]) =>
  method<BasicServices, PageParams>({ params: z.looseObject(PAGE), run: (_services, params) => pageOf(items, params) })

export const FEATURES: MethodTable<BasicServices> = {
  'collaborationMode/list': method({ params: ANY, run: () => ({ data: [] }) }),
  'hooks/list': method<BasicServices, Cwds>({
    params: CWDS,
    run: (services, params) => ({
      data: foldersOf(params, services).map((cwd) => ({ cwd, hooks: [], warnings: [], errors: [] })),
    }),
  }),
  'skills/list': method<BasicServices, Cwds>({
    params: CWDS,
    run: (services, params) => ({
      data: foldersOf(params, services).map((cwd) => ({ cwd, skills: [], errors: [] })),
    }),
  }),
  'plugin/installed': method({ params: ANY, run: () => ({ marketplaces: [], marketplaceLoadErrors: [] }) }),
  'permissionProfile/list': paged(PROFILES),
  'experimentalFeature/list': paged([]),
}
