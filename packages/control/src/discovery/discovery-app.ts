/** Owns the routes of discovery: pages in both forms, documents, and the status. It looks at no credential and no cookie. */
import { AppError, shown } from '@towline/protocol'
import { Hono } from 'hono'
import { type BuiltSite, buildSite } from './build-site.ts'
import type { SiteDocument } from './document.ts'
import { negotiate } from './negotiate.ts'
import { pageUnknown, problem, respond, respondFresh } from './respond.ts'
import type { Site } from './site.ts'
import { createStatus } from './status/status.ts'

const STATUS_PATH = '/api/status'

/**
 * A sub-app: `app.route('/', discoveryApp(site))` leaves what it does not know to those after it; alone it answers 404 as
 * problem+json. The site is put together at the first request.
 */
export const discoveryApp = (site: Site): Hono => {
  const app = new Hono()
  const built = builtSite(site)
  const status = createStatus({ ...site.status, version: site.version })
  app.all(STATUS_PATH, async ({ req }) => {
    const told = await status()
    return respondFresh(req.raw, told.status === 'down' ? 503 : 200, told)
  })
  app.use(async ({ req }, next) => {
    const found = await find(req.raw, req.path, await built())
    if (!found) return await next()
    return found instanceof Response ? found : respond(req.raw, found)
  })
  app.notFound(({ req }) => problem(pageUnknown(req.path)))
  return app
}

/** Put together anew only when the origin became known or changed. */
const builtSite = (site: Site): (() => Promise<BuiltSite>) => {
  let last: { readonly origin: string; readonly built: Promise<BuiltSite> } | undefined
  return async () => {
    const origin = site.publicUrl()
    if (last?.origin !== origin) last = { origin, built: buildSite(site) }
    try {
      return await last.built
    } catch (error) {
      last = undefined
      throw error
    }
  }
}

const find = async (
  request: Request,
  path: string,
  { documents, pages }: BuiltSite,
): Promise<SiteDocument | Response | undefined> => {
  const page = pages.get(path)
  if (!page) return documents.get(path) ?? withoutSlash(path, pages)
  if (request.method === 'OPTIONS') return page.markdown
  const accept = request.headers.get('accept') ?? undefined
  const variant = negotiate(accept)
  if (variant === 'markdown') return page.markdown
  if (variant === 'html') return await page.html()
  return problem(new AppError('NOT_ACCEPTABLE', { path: shown(path), accept: shown(accept ?? '') }), { vary: 'Accept' })
}

/** `/docs/` means `/docs`. */
const withoutSlash = (path: string, pages: BuiltSite['pages']): Response | undefined => {
  if (!path.endsWith('/') || !pages.has(path.slice(0, -1))) return undefined
  return new Response(null, { status: 308, headers: { location: path.slice(0, -1) } })
}
