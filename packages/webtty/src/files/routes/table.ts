/** Owns which request is answered by what: one row a route. */
import { AppError } from '@towline/protocol'
import { getArchive } from '../archive/get-archive.ts'
import { postArchive } from '../archive/post-archive.ts'
import { appendToUpload, createUpload, describeUploads, lookAtUpload, removeUpload } from '../upload/upload-routes.ts'
import { getWatch } from '../watch/get-watch.ts'
import type { Call } from './call.ts'
import { deleteFile } from './delete-file.ts'
import { getFile } from './get-file.ts'
import { getInfo } from './get-info.ts'
import { getLs } from './get-ls.ts'
import { getStat } from './get-stat.ts'
import { postCopy } from './post-copy.ts'
import { postMkdir } from './post-mkdir.ts'
import { postMove } from './post-move.ts'
import { postSearch } from './post-search.ts'
import { putFile } from './put-file.ts'

/** Which requests wait for each other: those that move bytes, the others; a watch has bounds of its own. */
export type GateName = 'transfer' | 'operation' | 'none'

export interface Route {
  readonly method: string
  /** Whole path; a group is the id. */
  readonly path: RegExp
  /** `change` is refused where files are read-only, before anything else is looked at. */
  readonly kind: 'read' | 'change'
  readonly gate: GateName
  readonly run: (call: Call) => Promise<void> | void
}

type Row = readonly [method: string, path: string, kind: Route['kind'], gate: GateName, run: Route['run']]

const row = (...[method, path, kind, gate, run]: Row): Route => ({
  method,
  path: new RegExp(`^/v1/${path}$`),
  kind,
  gate,
  run,
})

const UPLOAD = 'uploads/([^/]+)'

/** docs/protocol/fs.md §3 lists the same. */
export const ROUTES: readonly Route[] = [
  row('GET', 'info', 'read', 'none', getInfo),
  row('GET', 'stat', 'read', 'operation', getStat),
  row('GET', 'ls', 'read', 'operation', getLs),
  row('GET', 'file', 'read', 'transfer', getFile),
  row('HEAD', 'file', 'read', 'transfer', getFile),
  row('PUT', 'file', 'change', 'transfer', putFile),
  row('DELETE', 'file', 'change', 'operation', deleteFile),
  row('OPTIONS', 'uploads', 'change', 'none', describeUploads),
  row('POST', 'uploads', 'change', 'operation', createUpload),
  row('HEAD', UPLOAD, 'change', 'operation', lookAtUpload),
  row('PATCH', UPLOAD, 'change', 'none', appendToUpload),
  row('DELETE', UPLOAD, 'change', 'operation', removeUpload),
  row('POST', 'mkdir', 'change', 'operation', postMkdir),
  row('POST', 'move', 'change', 'operation', postMove),
  row('POST', 'copy', 'change', 'transfer', postCopy),
  row('GET', 'watch', 'read', 'none', getWatch),
  row('GET', 'archive', 'read', 'transfer', getArchive),
  row('POST', 'archive', 'change', 'transfer', postArchive),
  row('POST', 'search', 'read', 'transfer', postSearch),
]

/** The route of a request, with the id in its path. Throws PAGE_UNKNOWN, METHOD_UNSUPPORTED. */
export const routeOf = (method: string, path: string): { readonly route: Route; readonly id: string } => {
  const there = ROUTES.filter((route) => route.path.test(path))
  if (there.length === 0) throw new AppError('PAGE_UNKNOWN', { path })
  const route = there.find((one) => one.method === method)
  if (route === undefined)
    throw new AppError('METHOD_UNSUPPORTED', { method, allow: there.map((one) => one.method).join(', ') })
  return { route, id: route.path.exec(path)?.[1] ?? '' }
}
