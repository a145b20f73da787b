/** Owns the addresses of MCP servers: `tow://name/path` through the relay, `https://…` of what is published. */
import { AppError, formatTow, parseTow, shown, TOW_SCHEME } from '@towline/protocol'

/** Where an MCP server is. */
export type McpUrl =
  /** By name or id of a private tunnel; `path` begins with `/`. */
  { readonly kind: 'tow'; readonly name: string; readonly path: string } | { readonly kind: 'web'; readonly url: URL }

/** What servers are usually mounted at. */
const DEFAULT_PATH = '/mcp'

/** Reads `tow://name[/path]`, `https://…`, or `http://…` of this machine; `path` wins over that of the address. Throws TARGET_INVALID, NAME_INVALID. */
export const parseMcpUrl = (text: string, path?: string): McpUrl => {
  if (path !== undefined && !isMcpPath(path)) throw invalid(path, 'a path begins with "/" and is written as in a URL')
  if (/^https?:\/\//i.test(text)) return { kind: 'web', url: web(text, path) }
  const rest = text.toLowerCase().startsWith(TOW_SCHEME) ? text.slice(TOW_SCHEME.length) : text
  const slash = rest.indexOf('/')
  const own = slash < 0 ? '' : rest.slice(slash)
  if (own.length > 1 && !isMcpPath(own)) throw invalid(text, 'its path is not written as in a URL')
  const name = parseTow(slash < 0 ? rest : rest.slice(0, slash))
  return { kind: 'tow', name, path: path ?? (own.length > 1 ? own : DEFAULT_PATH) }
}

/** One spelling for each place, as people and errors name it. */
export const formatMcpUrl = (url: McpUrl): string =>
  url.kind === 'tow' ? `${formatTow(url.name)}${url.path}` : url.url.href

/** Printable ASCII without what would end the path or climb: a stranger's label may hold anything. */
const PATH = /^\/(?!\/)[A-Za-z0-9._~!$&'()*+,;=:@/%-]*$/
const PATH_CHARS = 256

/** Whether `path` may be asked for as it is. */
export const isMcpPath = (path: string): boolean =>
  path.length <= PATH_CHARS && PATH.test(path) && !/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path)

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

const web = (text: string, path: string | undefined): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw invalid(text, 'it is not a URL')
  if (url.username !== '' || url.password !== '') throw invalid(text, 'it holds a login; give a file with --token-file')
  if (url.search !== '' || url.hash !== '') throw invalid(text, 'it has a query or a fragment')
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    throw invalid(text, 'http:// is allowed only for this machine; use https:// or tow://name')
  if (path !== undefined) url.pathname = path
  else if (url.pathname === '/') url.pathname = DEFAULT_PATH
  return url
}

/** A login in a URL is a secret and is not repeated. */
const invalid = (text: string, problem: string): AppError =>
  new AppError('TARGET_INVALID', { target: shown(text.replace(/[^/]*@/, '***@').replace(/\?.*/s, '?…')), problem })
