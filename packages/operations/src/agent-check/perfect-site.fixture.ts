/** Owns a site that passes every row, on a real server, whose parts a test can break one at a time. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Reply {
  status: number
  headers: Record<string, string>
  body: string
}

export type Part = (request: IncomingMessage) => Reply

/** Parts by path. */
export type Parts = Record<string, Part>

export interface PerfectSite extends AsyncDisposable {
  readonly url: string
  /** What was asked for, such as `GET /llms.txt`. */
  readonly asked: readonly string[]
}

/** `change` breaks what it likes before the first request. */
export const openSite = async (
  change: (parts: Parts, origin: string) => void = () => undefined,
): Promise<PerfectSite> => {
  const asked: string[] = []
  let parts: Parts = {}
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { status, headers, body } = (parts[request.url ?? ''] ?? absent)(request)
    response.writeHead(status, headers).end(request.method === 'HEAD' || status === 304 ? undefined : body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  parts = perfect(url)
  change(parts, url)
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url, asked, [Symbol.asyncDispose]: close }
}

const absent: Part = () => ({ status: 404, headers: { 'content-type': 'application/problem+json' }, body: '{}' })

/** A document with everything that documents need. */
export const document =
  (type: string, body: string, more: Record<string, string> = {}): Part =>
  ({ headers }) => {
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`
    const fields = {
      'content-type': type,
      etag,
      'cache-control': 'max-age=300',
      'access-control-allow-origin': '*',
      ...more,
    }
    return { status: headers['if-none-match'] === etag ? 304 : 200, headers: fields, body }
  }

export const json = (value: unknown, type = 'application/json', more: Record<string, string> = {}): Part =>
  document(type, JSON.stringify(value), more)

/** Answers by whether Markdown is asked for before, or heavier than, HTML. */
export const page =
  (html: Part, markdown: Part): Part =>
  (request) => {
    const accept = request.headers.accept ?? '*/*'
    const weight = (type: string): number => {
      const [, q = '1'] = new RegExp(`${type}(?:;q=([0-9.]+))?`).exec(accept) ?? [undefined, '0']
      return Number(q)
    }
    return weight('text/markdown') > weight('text/html') ? markdown(request) : html(request)
  }

export const SKILL = '---\nname: example-setup\ndescription: Sets up the example.\n---\n\n# Setup\n'
const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

export const skillIndex = (more: object = {}): object => ({
  $schema: 'https://schemas.agentskills.io/discovery/0.2.0/schema.json',
  skills: [
    {
      name: 'example-setup',
      type: 'skill-md',
      description: 'Sets up the example.',
      url: '/.well-known/agent-skills/example-setup/SKILL.md',
      digest: digest(SKILL),
      ...more,
    },
  ],
})

export const card = (origin: string, more: object = {}): object => ({
  $schema: 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json',
  name: 'com.example/example',
  version: '1.0.0',
  description: 'An example.',
  remotes: [{ type: 'streamable-http', url: `${origin}/api/mcp` }],
  ...more,
})

export const catalog = (origin: string, more: object = {}): object => ({
  linkset: [
    {
      anchor: `${origin}/api`,
      'service-desc': [{ href: `${origin}/api/openapi.json`, type: 'application/json' }],
      'service-doc': [{ href: `${origin}/docs`, type: 'text/html' }],
      status: [{ href: `${origin}/api/status`, type: 'application/json' }],
      ...more,
    },
  ],
})

export const LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'

export const LINKS = [
  '</.well-known/api-catalog>; rel="api-catalog"',
  '</api/openapi.json>; rel="service-desc"; type="application/json"',
  '</docs>; rel="service-doc"; type="text/html"',
  '</api/status>; rel="status"',
  '</index.md>; rel="alternate"; type="text/markdown"',
]

const HTML_FIELDS = {
  vary: 'Accept',
  link: LINKS.join(', '),
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
  'referrer-policy': 'no-referrer',
}

export const issuer = (origin: string, more: object = {}): object => ({
  issuer: origin,
  token_endpoint: `${origin}/oauth/token`,
  device_authorization_endpoint: `${origin}/oauth/device`,
  registration_endpoint: `${origin}/oauth/register`,
  revocation_endpoint: `${origin}/oauth/revoke`,
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  ...more,
})

/** The MCP endpoint: GET asks for a login, `initialize` is answered. */
export const mcp =
  (origin: string, serverInfo: object = { name: 'example', version: '1.0.0' }): Part =>
  ({ method }) => {
    const metadata = `${origin}/.well-known/oauth-protected-resource/api/mcp`
    if (method !== 'POST')
      return { status: 401, headers: { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }, body: '' }
    const message = { jsonrpc: '2.0', id: 1, result: { serverInfo } }
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      body: `event: message\ndata: ${JSON.stringify(message)}\n\n`,
    }
  }

const perfect = (origin: string): Parts => {
  const html = document('text/html', '<h1>Example</h1>', HTML_FIELDS)
  const markdown = document('text/markdown', '# Example\n', HTML_FIELDS)
  const resource = (path: string): Part => json({ resource: `${origin}${path}`, authorization_servers: [origin] })
  return {
    '/': page(html, markdown),
    '/docs': html,
    '/index.md': markdown,
    '/robots.txt': document(
      'text/plain',
      `User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n\nUser-agent: GPTBot\nDisallow: /\n\nSitemap: ${origin}/sitemap.xml\n`,
    ),
    '/sitemap.xml': document('application/xml', `<urlset xmlns="x"><url><loc>${origin}/docs</loc></url></urlset>`),
    '/llms.txt': document('text/plain', `# Example\n\n> An example.\n\n## Docs\n\n- [Docs](${origin}/docs): all\n`),
    '/auth.md': markdown,
    '/api/openapi.json': json({ openapi: '3.1.0', info: {}, paths: { '/api/x': {} } }),
    '/api/status': json({ status: 'ok' }),
    '/api/mcp': mcp(origin),
    '/api/mcp/server-card': json(card(origin)),
    '/.well-known/mcp/server-card.json': json(card(origin)),
    '/.well-known/api-catalog': json(catalog(origin), LINKSET, { link: LINKS[0] as string }),
    '/.well-known/agent-skills/index.json': json(skillIndex()),
    '/.well-known/agent-skills/example-setup/SKILL.md': document('text/markdown', SKILL),
    '/.well-known/ai-catalog.json': json({
      specVersion: '1.0',
      entries: [{ identifier: 'urn:air:x', displayName: 'Example', url: `${origin}/api/mcp/server-card` }],
    }),
    '/.well-known/oauth-protected-resource': resource(''),
    '/.well-known/oauth-protected-resource/api': resource('/api'),
    '/.well-known/oauth-protected-resource/api/mcp': resource('/api/mcp'),
    '/.well-known/oauth-authorization-server': json(issuer(origin)),
  }
}
