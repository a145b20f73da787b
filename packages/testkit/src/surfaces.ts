/** Owns every way a credential is used, as a table: what a revocation has to reach. Tests prove it, the bench times it. */
import { dial, host, publish, publishPort } from './surfaces/links.ts'
import { callTool, getFrom } from './surfaces/requests.ts'
import { visitGuarded, watch, watchByQuery, watchSocket } from './surfaces/streams.ts'
import type { Surface } from './surfaces/surface.ts'

export type { Surface, Use } from './surfaces/surface.ts'
export { openSurfaceWorld, type SurfaceWorld } from './surfaces/world.ts'

/** What the use of every surface needs; the hosted MCP endpoint asks for `mcp` besides. */
export const SURFACE_PERMISSIONS = [
  'tunnels.list',
  'tunnels.create',
  'tunnels.connect',
  'tokens.create',
  'projects.read',
] as const

const REFUSED = { refusal: 'UNAUTHENTICATED' } as const
const BROKEN = /^(?:ECONNRESET|end|close)$/

export const SURFACES: readonly Surface[] = [
  { name: 'control API request', ...REFUSED, use: getFrom('/api/projects') },
  { name: 'engine API request', ...REFUSED, use: getFrom('/api/engine/tunnels') },
  { name: 'hosted MCP request', ...REFUSED, resource: '/api/mcp', use: callTool('towline_whoami') },
  { name: 'watch by server-sent events', ...REFUSED, ends: /^last chunk$/, use: watch },
  { name: 'watch by WebSocket', ...REFUSED, ends: /^close frame 1001$/, use: watchSocket },
  { name: 'watch by a token in the query', ...REFUSED, ends: /^last chunk$/, use: watchByQuery },
  { name: 'link of a host', ...REFUSED, ends: /^UNAUTHENTICATED$/, use: host },
  { name: 'private stream', ...REFUSED, ends: /^closed$/, use: dial },
  { name: 'visit of a link that asks for a token', ...REFUSED, ends: BROKEN, use: visitGuarded },
  { name: 'published link', refusal: 'TUNNEL_UNKNOWN', ends: BROKEN, use: publish },
  { name: 'published port', refusal: 'ECONNREFUSED', ends: BROKEN, use: publishPort },
]
