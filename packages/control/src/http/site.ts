/** Owns the hono app of the server's own site: its pages, and how errors come out. */
import { boundedRequest, newId } from '@towline/base'
import { AppError } from '@towline/protocol'
import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { addAccount } from '../accounts/account-routes.ts'
import { addSetup } from '../accounts/setup-routes.ts'
import { addLibrary } from '../accounts/sign-in-library.ts'
import { addSignIn } from '../accounts/sign-in-routes.ts'
import { addInteraction } from '../oauth/interaction.ts'
import { discoveryApp } from '../discovery/discovery-app.ts'
import { pageUnknown, problem } from '../discovery/respond.ts'
import { MCP_PATH } from '../mcp/mcp-deps.ts'
import { addAssets } from '../pages/assets.ts'
import { problemPage } from '../pages/problem-page.ts'
import type { SignedIn } from '../payment/checkout-pages.ts'
import { pageResponse } from './page-response.ts'
import type { Site, SiteDeps, SiteEnv } from './site-deps.ts'

/** Each adds its paths. */
const PARTS: readonly ((site: Site, deps: SiteDeps) => void)[] = [
  addAssets,
  addSignIn,
  addLibrary,
  addSetup,
  addAccount,
  addInteraction,
  addCheckout,
  addMcp,
  addDiscovery,
  addApi,
]

export const createSite = (deps: SiteDeps): Site => {
  const site: Site = new Hono<SiteEnv>()
  site.use(async ({ req }, next) => {
    const { apiBodyBytes: limit } = deps.limits
    const request = await boundedRequest(req.raw, limit)
    if (!request) throw new AppError('PAYLOAD_TOO_LARGE', { limit })
    req.raw = request
    await next()
  })
  for (const add of PARTS) add(site, deps)
  site.notFound((context) => refuse(context.req.raw, pageUnknown(context.req.path)))
  site.onError((error, context) => refuse(context.req.raw, asAppError(error, deps)))
  return site
}

export const asAppError = (error: unknown, { log }: Pick<SiteDeps, 'log'>): AppError => {
  if (error instanceof AppError) return error
  const id = newId('err')
  log.error({ err: error, id }, 'the site met an error of ours')
  return new AppError('INTERNAL', { id })
}

/** Browsers get a page, programs problem+json (RFC 9457). */
export const refuse = async (request: Request, error: AppError): Promise<Response> => {
  const status = error.row.http as ContentfulStatusCode
  const retry: Record<string, string> =
    error.code === 'RATE_LIMITED' ? { 'retry-after': String(error.details['seconds']) } : {}
  if (request.headers.get('accept')?.includes('text/html')) {
    const page = await problemPage({ code: error.code, text: error.message, next: error.next })
    const answer = pageResponse(page, status)
    for (const [name, value] of Object.entries(retry)) answer.headers.set(name, value)
    return answer
  }
  return problem(error, retry)
}

/** Pages of parts that are loaded when somebody first opens one; what they throw is told as by all pages. */
const lazily =
  (site: Site, path: string) =>
  (load: () => Promise<Hono>): void => {
    site.all(path, async (context) => {
      const pages = await load()
      pages.onError((error) => {
        throw error
      })
      return pages.fetch(context.req.raw)
    })
  }

const signedInOf =
  ({ auth }: SiteDeps): SignedIn =>
  async (headers) =>
    (await auth()).signedIn(headers)

function addCheckout(site: Site, deps: SiteDeps): void {
  const { api } = deps
  if (api) lazily(site, '/checkout/:id')(async () => (await api()).checkoutPages(signedInOf(deps)))
}

function addMcp(site: Site, deps: SiteDeps): void {
  const { mcp } = deps
  if (!mcp) return
  site.all(MCP_PATH, async (context) => (await mcp()).fetch(context.req.raw))
  lazily(site, '/approve/:id')(async () => (await mcp()).approvePages(signedInOf(deps)))
}

/** Last: what is left of `/api/…` is of the control API, or of nobody. */
function addApi(site: Site, { api }: SiteDeps): void {
  if (api) site.all('/api/*', async (context) => (await api()).app.fetch(context.req.raw))
}

/** After all others, as it answers whatever it has a page for. */
function addDiscovery(site: Site, { described }: SiteDeps): void {
  if (described) site.route('/', discoveryApp(described))
}
