/** Owns putting the hosted MCP endpoint of a server together, and the page on which people allow what agents ask for. */
import type { Hono } from 'hono'
import { type AtSite, apiDeps, type ControlApiOptions } from '../api/open-api.ts'
import { approveApp } from '../approval/approve-app.ts'
import type { Site } from '../discovery/site.ts'
import type { Parts } from '../parts.ts'
import type { SignedIn } from '../payment/checkout-pages.ts'
import { createHostedMcp, type HostedMcp } from './hosted-mcp.ts'

export interface McpAtSite extends HostedMcp {
  /** `/approve/…`, for the site that knows who is signed in. */
  approvePages(signedIn: SignedIn): Hono
}

/** What its tools tell of the server is in `described`. */
export const openMcp = (
  parts: Parts,
  options: ControlApiOptions,
  { described, ...site }: AtSite & { readonly described: Site },
): McpAtSite => {
  const deps = apiDeps(parts, options, { ...site, audience: 'mcp' })
  return {
    ...createHostedMcp({ ...deps, site: described }),
    approvePages: (signedIn) => approveApp({ ...deps, signedIn }),
  }
}
