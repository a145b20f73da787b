/** Proves the agent check: every row can fail, a good site passes, and no site leads it where it should not go. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LIMITS, type Limits } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { agentCheck } from './agent-check.ts'
import { isPublicAddress } from './address-class.ts'
import { CHECKS } from './checks.ts'
import { levelOf } from './levels.ts'
import {
  card,
  catalog,
  document,
  issuer,
  json,
  LINKS,
  LINKSET,
  mcp,
  openSite,
  page,
  type Part,
  type Parts,
  SKILL,
  skillIndex,
} from './perfect-site.fixture.ts'
import type { AgentCheck, RowStatus } from './report.ts'
import { https } from './rows/hygiene.ts'
import { openReader, type SiteReader } from './site-reader.ts'

const checked = async (
  change?: (parts: Parts, origin: string) => void,
  limits?: Partial<Limits>,
): Promise<AgentCheck> => {
  await using site = await openSite(change)
  return await agentCheck(site.url, { limits: { ...LIMITS, ...limits } })
}

const statuses = ({ rows }: AgentCheck): Record<string, RowStatus> =>
  Object.fromEntries(rows.map(({ id, status }) => [id, status]))

const html = document('text/html', '<h1>Not here, but polite</h1>')
const plain = (headers: Record<string, string>): Part => document('text/html', 'x', headers)
const CATALOG = '/.well-known/api-catalog'
const SKILLS = '/.well-known/agent-skills/index.json'
const CARD = '/.well-known/mcp/server-card.json'

/** A defect of a site, the row that must see it, and a word of what it finds. */
const DEFECTS: readonly (readonly [row: string, found: RegExp, change: (parts: Parts, origin: string) => void])[] = [
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
const WARNINGS: typeof DEFECTS = [
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

describe('agent check: broken sites', () => {
  it.each(DEFECTS)('fails %s: %s', async (id, found, change) => {
    verifies('discovery.check')
    const { rows } = await checked(change)
    const row = rows.find((each) => each.id === id)
    expect(row).toMatchObject({
      status: 'fail',
      found: expect.stringMatching(found),
      next: expect.stringMatching(/\S/),
    })
  })

  it.each(WARNINGS)('warns of %s: %s', async (id, found, change) => {
    const { rows } = await checked(change)
    expect(rows.find((each) => each.id === id)).toMatchObject({ status: 'warn', found: expect.stringMatching(found) })
  })

  it('has a defect for every row', () => {
    const uncovered = CHECKS.map(({ id }) => id).filter((id) => !DEFECTS.some(([row]) => row === id))
    expect(uncovered).toEqual(['https'])
  })

  it('fails https: plain HTTP over a network, which no test machine has', async () => {
    const answer = { url: '', status: 200, headers: {}, body: Buffer.alloc(0), address: '192.0.2.1' }
    const site = { origin: 'http://example.com', get: async () => answer } as unknown as SiteReader
    expect(await https(site)).toEqual({ status: 'fail', found: 'plain HTTP over a network' })
  })

  it('shows a hostile site as text', async () => {
    const evil = `Content-Signal: \u001b[2J\u202e${'x'.repeat(1000)}`
    const { rows } = await checked(
      (parts) => void (parts['/robots.txt'] = document('text/plain', `User-agent: *\n${evil}\n`)),
    )
    const { found } = rows.find(({ id }) => id === 'content-signals') ?? { found: '' }
    expect(found).toMatch(/^unknown signal "\ufffd\[2J\ufffdx+…$/)
    expect(found.length).toBeLessThanOrEqual(301)
  })
})

describe('agent check: a good site', () => {
  it('passes every row that applies, at the highest level', async () => {
    verifies('discovery.check')
    await using site = await openSite()
    const report = await agentCheck(site.url)
    const skipped = { a2a: 'skip', https: 'skip', 'web-bot-auth': 'skip' }
    expect(statuses(report)).toEqual({ ...Object.fromEntries(CHECKS.map(({ id }) => [id, 'pass'])), ...skipped })
    expect(report).toMatchObject({ url: site.url, level: 5, passed: 24, total: 24 })
    expect(report.rows.every(({ next }) => next === '')).toBe(true)
  })

  it('is taken without a scheme, with a path, and after redirects', async () => {
    await using site = await openSite()
    expect((await agentCheck(`${site.url.slice('http://'.length)}/docs?x#y`)).url).toBe(site.url)
    await using door = await openSite(
      (parts) => void (parts['/'] = () => ({ status: 302, headers: { location: site.url }, body: '' })),
    )
    expect(await agentCheck(door.url)).toMatchObject({ url: site.url, level: 5 })
  })
})

describe('agent check: levels', () => {
  const ALL = CHECKS.map(({ id, group }) => ({ id, group, status: 'pass' as RowStatus, found: '', next: '' }))
  const level = (...failed: readonly string[]): number =>
    levelOf(
      ALL.map((row) => ({ ...row, status: failed.includes(row.id) ? 'fail' : row.id === 'a2a' ? 'skip' : row.status })),
    )

  it('count from the first step that does not hold', () => {
    expect(level('robots', 'links')).toBe(0)
    expect(level('robots')).toBe(5)
    expect(level('ai-bots')).toBe(1)
    expect(level('markdown')).toBe(2)
    expect(level('api-catalog', 'agent-skills', 'mcp-card')).toBe(3)
    expect(level('mcp-card', 'web-bot-auth')).toBe(4)
    expect(level('protected-resource', 'auth-md', 'web-bot-auth')).toBe(4)
    expect(level('protected-resource', 'web-bot-auth')).toBe(5)
    expect(level()).toBe(5)
  })
})

describe('agent check: bounds', () => {
  it.each(['ftp://example.com', 'http://', 'http://me:secret@example.com', 'not a url'])('refuses %s', async (url) => {
    const error = await agentCheck(url).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'TARGET_INVALID' })
  })

  it('says when nothing is there', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    const { port } = server.address() as AddressInfo
    await new Promise((done) => server.close(done))
    await expect(agentCheck(`127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  })

  it('reads no longer document than it may', async () => {
    const { rows } = await checked(
      (parts) => void (parts['/llms.txt'] = document('text/plain', `# x\n${'y'.repeat(2_000)}`)),
      {
        agentCheckBytes: 1_500,
      },
    )
    expect(rows.find(({ id }) => id === 'llms')?.found).toBe('/llms.txt answers nothing (it is longer than 1500 bytes)')
  })

  it('asks no more often, and follows no further, than it may', async () => {
    await using site = await openSite()
    const report = await agentCheck(site.url, { limits: { ...LIMITS, agentCheckRequests: 5 } })
    expect(site.asked.length).toBe(5)
    expect(report.rows.at(-2)?.found).toContain('the check has asked enough')
    const { rows } = await checked(
      (parts) => void (parts['/llms.txt'] = () => ({ status: 302, headers: { location: '/llms.txt' }, body: '' })),
    )
    expect(rows.find(({ id }) => id === 'llms')?.found).toContain('it redirects again and again')
  })

  it('gives a document that never comes its time, not more', async () => {
    const silent = createServer((request, response) => {
      if (request.url === '/') response.end()
    }).listen(0, '127.0.0.1')
    await new Promise((done) => silent.once('listening', done))
    const { port } = silent.address() as AddressInfo
    const report = await agentCheck(`http://127.0.0.1:${port}`, {
      limits: { ...LIMITS, agentCheckAnswerMs: 500, agentCheckMs: 1_000 },
    })
    silent.closeAllConnections()
    silent.close()
    expect(report.rows.find(({ id }) => id === 'robots')?.found).toMatch(/did not answer in time/)
    expect(report.rows.at(-1)?.found).toMatch(/has taken long enough/)
  })

  it('ends when it is told to', async () => {
    await using site = await openSite()
    const ended = agentCheck(site.url, { signal: AbortSignal.abort() })
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' })
    expect(site.asked).toEqual([])
  })

  it('is not led to another site by a redirect', async () => {
    await using other = await openSite()
    const { rows } = await checked(
      (parts) =>
        void (parts['/llms.txt'] = () => ({ status: 302, headers: { location: `${other.url}/llms.txt` }, body: '' })),
    )
    expect(rows.find(({ id }) => id === 'llms')?.found).toContain(`it redirects to ${other.url}`)
    expect(other.asked).toEqual([])
  })

  it('is not led from a public address into this network, by name, address or redirect', async () => {
    await using inner = await openSite()
    const isPublic = (address: string): boolean => address === '127.0.0.2'
    const refused = 'it leads to an address that a public site may not name'
    const secret = inner.url
    let home: string | undefined
    const outer = createServer((request, response) => {
      const leads = { '/away': secret, '/round': '/round2', '/round2': secret } as Record<string, string>
      const location = request.url === '/' ? home : leads[request.url ?? '']
      response.writeHead(location ? 302 : 200, location ? { location } : {}).end()
    }).listen(0, '127.0.0.2')
    await new Promise((done) => outer.once('listening', done))
    const { port } = outer.address() as AddressInfo
    const site = await openReader({ url: new URL(`http://127.0.0.2:${port}`), isPublic })
    const named = secret.replace('http://127.0.0.1', 'https://localhost')
    const problems = await Promise.all(
      ['/away', '/round', secret, secret.replace('http', 'https'), named].map(
        async (url) => (await site.get(url)).problem,
      ),
    )
    site.close()
    home = secret
    const entered = openReader({ url: new URL(`http://127.0.0.2:${port}`), isPublic })
    await expect(entered).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE', details: { problem: refused } })
    outer.closeAllConnections()
    outer.close()
    expect(problems).toEqual([
      `it redirects to ${secret}`,
      `it redirects to ${secret}`,
      'another site is asked over https only',
      refused,
      refused,
    ])
    expect(inner.asked).toEqual([])
  })

  it('knows which addresses a public site may not name', () => {
    const inner = [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '::1',
      '::',
      'fe80::1%eth0',
      'fd00::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '224.0.0.1',
      'x',
      '',
    ]
    expect(inner.filter(isPublicAddress)).toEqual([])
    const outer = ['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1']
    expect(outer.filter((address) => !isPublicAddress(address))).toEqual([])
  })
})
