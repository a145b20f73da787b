/** Owns how the site describes itself in pages and documents: what it was told, and what it serves itself. */
import type { ControlApi } from '../api/control-api.ts'
import type { Site } from '../discovery/site.ts'
import { siteMcp } from '../mcp/mcp-deps.ts'
import { oauthDescription } from '../oauth/metadata.ts'
import type { ControlHttpOptions } from './open-http.ts'

/** Undefined where nothing is described. `api` is asked for its document when somebody reads it. */
export const describe = (
  { discovery, publicUrl, version }: ControlHttpOptions,
  api: (() => Promise<ControlApi>) | undefined,
): Site | undefined => {
  if (!discovery) return undefined
  const own = api ? [{ path: '/api', title: 'Control API', document: async () => (await api()).document() }] : []
  return {
    ...discovery,
    apis: [...own, ...discovery.apis],
    ...(api && { mcp: siteMcp(version) }),
    publicUrl: () => publicUrl,
    version,
    oauth: oauthDescription(publicUrl),
  }
}
