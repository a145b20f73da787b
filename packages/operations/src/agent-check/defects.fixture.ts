/** Owns the defects of sites that an agent check must see, at least one for each row. */
import {
  card,
  catalog,
  document,
  issuer,
  json,
  LINKS,
  LINKSET,
  mcp,
  page,
  type Part,
  type Parts,
  SKILL,
  skillIndex,
} from './perfect-site.fixture.ts'

const html = document('text/html', '<h1>Not here, but polite</h1>')
const plain = (headers: Record<string, string>): Part => document('text/html', 'x', headers)
const CATALOG = '/.well-known/api-catalog'
const SKILLS = '/.well-known/agent-skills/index.json'
const CARD = '/.well-known/mcp/server-card.json'

/** A defect of a site, the row that must see it, and a word of what it finds. */
export const DEFECTS: readonly (readonly [
  row: string,
  found: RegExp,
  change: (parts: Parts, origin: string) => void,
])[] = [
  ['robots', /answers text\/html/, (parts) => (parts['/robots.txt'] = html)],
  ['sitemap', /answers 404/, (parts) => delete parts['/sitemap.xml']],
  ['sitemap', /is empty/, (parts) => (parts['/sitemap.xml'] = document('application/xml', '<urlset></urlset>'))],
  [
    'sitemap',
    /\/gone answers 404/,
    (parts, origin) =>
      (parts['/sitemap.xml'] = document('application/xml', `<urlset><loc>${origin}/gone</loc></urlset>`)),
  ],
  ['links', /no Link field/, (parts) => (parts['/'] = page(plain({}), plain({})))],
  [
    'links',
    /\/gone answers 404/,
    (parts) => (parts['/'] = plain({ link: `${LINKS.join(', ')}, </gone>; rel="license"` })),
  ],
  ['ai-bots', /no rule names/, (parts) => (parts['/robots.txt'] = document('text/plain', 'User-agent: *\n'))],
  [
    'content-signals',
    /no Content-Signal/,
    (parts) => (parts['/robots.txt'] = document('text/plain', 'User-agent: *\n')),
  ],
  [
    'content-signals',
    /unknown signal "ai-train=maybe"/,
    (parts) => (parts['/robots.txt'] = document('text/plain', 'User-agent: *\nContent-Signal: ai-train=maybe\n')),
  ],
  ['markdown', /answers text\/html/, (parts) => (parts['/'] = plain({}))],
  ['negotiation', /Vary: Accept is missing/, (parts) => (parts['/'] = page(html, document('text/markdown', '# x')))],
  [
    'negotiation',
    /a browser gets text\/markdown/,
    (parts) => (parts['/'] = document('text/markdown', '# x', { vary: 'Accept' })),
  ],
  [
    'negotiation',
    /both forms have one ETag/,
    (parts) =>
      (parts['/'] = page(
        plain({ vary: 'Accept', etag: '"1"' }),
        document('text/markdown', '#', { vary: 'Accept', etag: '"1"' }),
      )),
  ],
  ['markdown-path', /\/index.md answers 404/, (parts) => delete parts['/index.md']],
  ['llms', /answers 404/, (parts) => delete parts['/llms.txt']],
  ['llms', /without a title/, (parts) => (parts['/llms.txt'] = document('text/plain', 'hello'))],
  [
    'llms',
    /\/gone answers 404/,
    (parts) => (parts['/llms.txt'] = document('text/plain', '# x\n\n> y\n\n- [a](/gone)\n')),
  ],
  ['api-catalog', /answers 404/, (parts) => delete parts[CATALOG]],
  ['api-catalog', /answers application\/json/, (parts, origin) => (parts[CATALOG] = json(catalog(origin)))],
  ['api-catalog', /linkset is empty/, (parts) => (parts[CATALOG] = json({ linkset: [] }, LINKSET))],
  [
    'api-catalog',
    /service-desc of .* is no list/,
    (parts, origin) => (parts[CATALOG] = json(catalog(origin, { 'service-desc': '/api/openapi.json' }), LINKSET)),
  ],
  [
    'api-catalog',
    /\/gone answers 404/,
    (parts, origin) =>
      (parts[CATALOG] = json(catalog(origin, { 'service-meta': [{ href: `${origin}/gone` }] }), LINKSET)),
  ],
  ['openapi', /no OpenAPI 3 document/, (parts) => (parts['/api/openapi.json'] = json({ swagger: '2.0' }))],
  ['openapi', /has no paths/, (parts) => (parts['/api/openapi.json'] = json({ openapi: '3.1.0', paths: {} }))],
  ['status', /answers text\/html/, (parts) => (parts['/api/status'] = html)],
  ['agent-skills', /answers 404/, (parts) => delete parts[SKILLS]],
  [
    'agent-skills',
    /\$schema is not/,
    (parts) =>
      (parts[SKILLS] = json({ ...skillIndex(), $schema: 'https://schemas.agentskills.io/discovery/9/schema.json' })),
  ],
  [
    'agent-skills',
    /another digest/,
    (parts) => (parts['/.well-known/agent-skills/example-setup/SKILL.md'] = document('text/markdown', `${SKILL} `)),
  ],
  ['agent-skills', /no name of a skill/, (parts) => (parts[SKILLS] = json(skillIndex({ name: 'Example_Setup' })))],
  ['agent-skills', /calls itself example-setup/, (parts) => (parts[SKILLS] = json(skillIndex({ name: 'example' })))],
  ['agent-skills', /no known type/, (parts) => (parts[SKILLS] = json(skillIndex({ type: 'script' })))],
  ['agent-skills', /no description/, (parts) => (parts[SKILLS] = json(skillIndex({ description: '' })))],
  ['mcp-card', /answers 404/, (parts) => delete parts[CARD]],
  [
    'mcp-card',
    /name is not namespace\/name/,
    (parts, origin) => (parts[CARD] = json(card(origin, { name: 'example' }))),
  ],
  ['mcp-card', /says something else/, (parts, origin) => (parts[CARD] = json(card(origin, { title: 'Other' })))],
  ['mcp-card', /no remote/, (parts, origin) => (parts[CARD] = json(card(origin, { remotes: [] })))],
  [
    'mcp-live',
    /the server is example 2.0.0/,
    (parts, origin) => (parts['/api/mcp'] = mcp(origin, { name: 'example', version: '2.0.0' })),
  ],
  ['mcp-live', /does not answer initialize/, (parts) => (parts['/api/mcp'] = html)],
  ['ai-catalog', /answers text\/html/, (parts) => (parts['/.well-known/ai-catalog.json'] = html)],
  [
    'ai-catalog',
    /no identifier/,
    (parts) =>
      (parts['/.well-known/ai-catalog.json'] = json({
        specVersion: '1.0',
        entries: [{ displayName: 'x', url: '/docs' }],
      })),
  ],
  ['a2a', /lacks url, version/, (parts) => (parts['/.well-known/agent-card.json'] = json({ name: 'x' }))],
  [
    'protected-resource',
    /answers 404/,
    (parts) => ['', '/api', '/api/mcp'].forEach((path) => delete parts[`/.well-known/oauth-protected-resource${path}`]),
  ],
  [
    'protected-resource',
    /not http.*\/api\/mcp/,
    (parts, origin) =>
      (parts['/.well-known/oauth-protected-resource/api/mcp'] = json({
        resource: `${origin}/api/mcp/`,
        authorization_servers: [origin],
      })),
  ],
  [
    'protected-resource',
    /no authorization server/,
    (parts, origin) => (parts['/.well-known/oauth-protected-resource'] = json({ resource: origin })),
  ],
  ['authorization-server', /has no metadata/, (parts) => delete parts['/.well-known/oauth-authorization-server']],
  [
    'authorization-server',
    /issuer is/,
    (parts, origin) =>
      (parts['/.well-known/oauth-authorization-server'] = json(issuer(origin, { issuer: `${origin}/` }))),
  ],
  [
    'authorization-server',
    /PKCE/,
    (parts, origin) =>
      (parts['/.well-known/oauth-authorization-server'] = json(
        issuer(origin, { code_challenge_methods_supported: ['plain'] }),
      )),
  ],
  ['auth-md', /answers text\/html/, (parts) => (parts['/auth.md'] = html)],
  [
    'challenge',
    /no resource_metadata/,
    (parts) => (parts['/api/mcp'] = () => ({ status: 401, headers: { 'www-authenticate': 'Bearer' }, body: '' })),
  ],
  [
    'challenge',
    /is not about/,
    (parts, origin) =>
      (parts['/api/mcp'] = () => ({
        status: 401,
        headers: { 'www-authenticate': `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource"` },
        body: '',
      })),
  ],
  ['security-headers', /no content-security-policy/, (parts) => (parts['/'] = html)],
  [
    'cors',
    /no Access-Control-Allow-Origin/,
    (parts) =>
      (parts[SKILLS] = json(skillIndex(), 'application/json', {
        'access-control-allow-origin': 'https://example.com',
      })),
  ],
  [
    'caching',
    /ignores If-None-Match/,
    (parts) => (parts[SKILLS] = json(skillIndex(), 'application/json', { etag: '"other"' })),
  ],
  [
    'not-found',
    /answers text\/html/,
    (parts) =>
      Object.setPrototypeOf(
        parts,
        new Proxy({}, { get: (_, path) => (/^\/\.well-known\/[0-9a-f]{16}$/.test(String(path)) ? html : undefined) }),
      ),
  ],
  [
    'web-bot-auth',
    /without keys/,
    (parts) => (parts['/.well-known/http-message-signatures-directory'] = json({ keys: [] })),
  ],
]

/** Defects that a site may live with. */
export const WARNINGS: typeof DEFECTS = [
  [
    'sitemap',
    /does not name the site map/,
    (parts) => (parts['/robots.txt'] = document('text/plain', 'User-agent: *\n')),
  ],
  [
    'links',
    /no rel="status"/,
    (parts) => (parts['/'] = plain({ link: LINKS.filter((link) => !link.includes('status')).join(', ') })),
  ],
  [
    'negotiation',
    /lower weight for Markdown/,
    (parts) =>
      (parts['/'] = (request) =>
        /^\*|^text\/html,app/.test(request.headers.accept ?? '*')
          ? plain({ vary: 'Accept' })(request)
          : document('text/markdown', '#', { vary: 'Accept' })(request)),
  ],
  ['llms', /no summary/, (parts) => (parts['/llms.txt'] = document('text/plain', '# x\n\n- [a](/docs)\n'))],
  ['api-catalog', /HEAD does not/, (parts, origin) => (parts[CATALOG] = json(catalog(origin), LINKSET))],
  [
    'status',
    /answers 503/,
    (parts) =>
      (parts['/api/status'] = () => ({ status: 503, headers: { 'content-type': 'application/json' }, body: '{}' })),
  ],
  ['mcp-card', /server-card answers 404/, (parts) => delete parts['/api/mcp/server-card']],
  ['ai-catalog', /is not there/, (parts) => delete parts['/.well-known/ai-catalog.json']],
  ['protected-resource', /api answers 404/, (parts) => delete parts['/.well-known/oauth-protected-resource/api']],
  [
    'authorization-server',
    /no device grant/,
    (parts, origin) =>
      (parts['/.well-known/oauth-authorization-server'] = json(
        issuer(origin, { device_authorization_endpoint: undefined }),
      )),
  ],
  [
    'challenge',
    /no client is told/,
    (parts, origin) =>
      (parts['/api/mcp'] = (request) =>
        request.method === 'POST' ? mcp(origin)(request) : { status: 405, headers: {}, body: '' }),
  ],
  [
    'caching',
    /no Cache-Control/,
    (parts) =>
      (parts[SKILLS] = ({ headers }) => ({
        status: headers['if-none-match'] ? 304 : 200,
        headers: { etag: '"1"', 'access-control-allow-origin': '*' },
        body: JSON.stringify(skillIndex()),
      })),
  ],
]
