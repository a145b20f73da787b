/** Proves discovery as it answers: both forms of every page, every document, and what is refused. */
import { createHash } from 'node:crypto'
import { verifies } from '@towline/testkit/verifies'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { discoveryApp } from './discovery-app.ts'
import { linksOf } from './pages/relink.ts'
import { asking, ORIGIN, repositoryFiles, schemaErrors, siteOf } from './site.fixture.ts'

const ask = asking()
const json = async (path: string): Promise<unknown> => await (await ask(path)).json()
const MARKDOWN = { headers: { accept: 'text/markdown' } }

/** Paths of all pages, as the site map lists them. */
const pagePaths = async (): Promise<readonly string[]> =>
  [...(await (await ask('/sitemap.xml')).text()).matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) =>
    (url as string).slice(ORIGIN.length),
  )

describe('discovery: refuses', () => {
  it('what is not there, as a problem with a next step', async () => {
    const answer = await ask('/docs/guide/nothing')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(await answer.json()).toMatchObject({
      status: 404,
      code: 'PAGE_UNKNOWN',
      details: { path: '/docs/guide/nothing' },
      next: '/llms.txt and /.well-known/api-catalog list what there is.',
    })
  })

  it('a form that a page does not have, and says which it has', async () => {
    verifies('discovery.markdown')
    const answer = await ask('/docs', { headers: { accept: 'application/json' } })
    expect([answer.status, answer.headers.get('vary')]).toEqual([406, 'Accept'])
    expect(await answer.json()).toMatchObject({ code: 'NOT_ACCEPTABLE' })
  })

  it('to change anything, but answers a preflight', async () => {
    for (const path of ['/', '/llms.txt', '/api/status', '/.well-known/api-catalog']) {
      const answer = await ask(path, { method: 'POST', body: 'x' })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
      const preflight = await ask(path, { method: 'OPTIONS' })
      expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
        204,
        'GET, HEAD, OPTIONS',
      ])
    }
  })

  it('paths that climb, and schemes that run', async () => {
    for (const path of [
      '/docs/../package.json',
      '/docs/%2e%2e/package.json',
      '/docs/guide/publish.md/',
      '//example.com/',
    ])
      expect((await ask(path)).status).toBe(404)
    const evil = '# Hi\n\n<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>\n'
    const html = await (
      await asking(siteOf({ files: async () => [{ path: 'docs/evil.md', text: evil }] }))('/docs/evil')
    ).text()
    expect(html).not.toMatch(/<script|<img|href="javascript/)
  })

  it('to name what is not there: no MCP, no authorization server', async () => {
    const plain = asking(siteOf({ mcp: undefined, oauth: undefined }))
    for (const path of ['/.well-known/mcp.json', '/api/mcp/server-card', '/.well-known/oauth-protected-resource'])
      expect((await plain(path)).status).toBe(404)
    const home = await plain('/', MARKDOWN)
    expect(`${home.headers.get('link')} ${await home.text()}`).not.toMatch(/\/mcp|server-card|oauth/)
    expect(await (await plain('/.well-known/api-catalog')).text()).not.toContain('mcp')
    expect(await (await plain('/auth.md')).text()).not.toContain('towline login')
  })

  it('to hide a failure: files that cannot be read are asked for again', async () => {
    let broken = true
    const app = discoveryApp(
      siteOf({
        files: async () => {
          if (broken) throw new Error('no such folder')
          return repositoryFiles()
        },
      }),
    )
    app.onError(() => new Response(null, { status: 500 }))
    expect((await app.request(`${ORIGIN}/docs`)).status).toBe(500)
    broken = false
    expect((await app.request(`${ORIGIN}/docs`)).status).toBe(200)
  })
})

describe('discovery: pages', () => {
  it('carry links to every document in the header, and again in the head', async () => {
    verifies('discovery.link')
    for (const path of ['/', '/docs/guide/publish']) {
      const answer = await ask(path)
      const found = [...(answer.headers.get('link') ?? '').matchAll(/<([^>]+)>; rel="([^"]+)"/g)].map(
        ([, href, rel]) => [rel, href],
      )
      expect(found).toEqual([
        ['api-catalog', '/.well-known/api-catalog'],
        ['service-desc', '/api/openapi.json'],
        ['service-desc', '/api/engine/openapi.json'],
        ['service-doc', '/docs'],
        ['status', '/api/status'],
        ['ai-catalog', '/.well-known/ai-catalog.json'],
        ['agent-skills', '/.well-known/agent-skills/index.json'],
        ['mcp-server-card', '/.well-known/mcp/server-card.json'],
        ['oauth-protected-resource', '/.well-known/oauth-protected-resource'],
        ['alternate', path === '/' ? '/index.md' : `${path}.md`],
        ['describedby', '/llms.txt'],
      ])
      const html = await answer.text()
      for (const [rel, href] of found) expect(html).toContain(`<link rel="${rel}" href="${href}"`)
    }
  })

  it('are HTML for browsers and Markdown for who asks, by Accept and by path, each with a tag of its own', async () => {
    verifies('discovery.markdown')
    const paths = await pagePaths()
    expect(paths).toEqual(
      expect.arrayContaining(['/', '/docs', '/docs/guide/publish', '/docs/protocol', '/docs/api/engine']),
    )
    for (const path of paths) {
      const [html, markdown, file] = await Promise.all([
        ask(path, { headers: { accept: 'text/html,*/*;q=0.8' } }),
        ask(path, MARKDOWN),
        ask(path === '/' ? '/index.md' : `${path}.md`),
      ])
      expect([path, html.status, html.headers.get('content-type'), html.headers.get('vary')]).toEqual([
        path,
        200,
        'text/html; charset=utf-8',
        'Accept',
      ])
      expect([markdown.headers.get('content-type'), markdown.headers.get('vary')]).toEqual([
        'text/markdown; charset=utf-8',
        'Accept',
      ])
      expect(html.headers.get('etag')).not.toBe(markdown.headers.get('etag'))
      const text = await markdown.text()
      expect(await file.text()).toBe(text)
      expect(text).toMatch(/^---\ntitle: ".+"\ndescription: ".+"\n---\n\n/)
      expect(Number(markdown.headers.get('x-markdown-tokens'))).toBe(Math.ceil(Buffer.byteLength(text) / 4))
    }
  })

  it('lead only to pages and documents that are there, and to headings that are there', async () => {
    const known = new Set(['/api/openapi.json', '/api/engine/openapi.json'])
    const broken: string[] = []
    for (const path of await pagePaths()) {
      const text = await (await ask(path, MARKDOWN)).text()
      for (const target of linksOf(text)) {
        if (/^[a-z]+:/.test(target)) continue
        const url = new URL(target, `${ORIGIN}${path === '/' ? '/index.md' : `${path}.md`}`)
        if (known.has(url.pathname)) continue
        const answer = await ask(url.pathname)
        const html = url.hash && (await (await ask(url.pathname.replace(/\.md$/, ''))).text())
        if (answer.status !== 200 || (html && !html.includes(`id="${url.hash.slice(1)}"`)))
          broken.push(`${path}: ${target}`)
      }
    }
    expect(broken).toEqual([])
  })

  it('load nothing of others and run nothing', async () => {
    verifies('api.docs')
    for (const path of ['/', '/docs/api', '/docs/api/engine', '/docs/guide/publish']) {
      const answer = await ask(path)
      expect(answer.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'self'; img-src 'self'/,
      )
      const html = await answer.text()
      expect(html).not.toMatch(/<script|style=|src="http/)
      const loaded = [...html.matchAll(/<link rel="(?:stylesheet|icon)"[^>]* href="([^"]+)"/g)].map(
        ([, href]) => href as string,
      )
      expect(loaded).toEqual(['/assets/site.css', '/assets/icon.svg'])
      for (const href of loaded) expect((await ask(href)).status).toBe(200)
    }
  })

  it('of an API tell every operation with what it needs', async () => {
    verifies('api.docs')
    const text = await (await ask('/docs/api/engine.md')).text()
    expect(text).toContain('| `GET /api/engine/things` | Things \\| all of them. | `tunnels.list` |')
    expect(text).toContain('| `limit` | query | integer 1..1000 |  |  |')
    expect(text).toContain('| 200 | A page. | [Thing](#thing) |')
    expect(text).toContain('| `name` | string ..48 characters | yes |  |')
  })

  it('keep notes to editors out of the HTML, and code as it stands', async () => {
    const text = '# Notes\n\n<!-- Made by\nsomeone. -->\n\nWords.\n\n```html\n<!-- shown -->\n[a](b.md)\n```\n'
    const html = await (
      await asking(siteOf({ files: async () => [{ path: 'docs/notes.md', text }] }))('/docs/notes')
    ).text()
    expect(html).toContain(
      '<h1 id="notes">Notes</h1>\n<p>Words.</p>\n<pre><code class="language-html">&lt;!-- shown --&gt;\n[a](b.md)\n',
    )
  })

  it('are found with a slash at the end', async () => {
    const answer = await ask('/docs/')
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/docs'])
  })
})

describe('discovery: documents', () => {
  it('are public, may be kept for a while, and are not sent twice', async () => {
    for (const path of ['/.well-known/api-catalog', '/llms.txt', '/docs/guide/publish', '/.well-known/mcp.json']) {
      const answer = await ask(path)
      const { headers } = answer
      expect([
        headers.get('access-control-allow-origin'),
        headers.get('cache-control'),
        headers.get('x-content-type-options'),
      ]).toEqual(['*', 'public, max-age=300', 'nosniff'])
      const etag = headers.get('etag') as string
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await ask(path, { headers: { 'if-none-match': known } })
        expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
      }
      expect((await ask(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
      const head = await ask(path, { method: 'HEAD' })
      expect([head.status, await head.text(), head.headers.get('etag')]).toEqual([200, '', etag])
      expect(Number(head.headers.get('content-length'))).toBe((await answer.arrayBuffer()).byteLength)
    }
  })

  it('list every API with its description, docs and status', async () => {
    verifies('discovery.api-catalog')
    const answer = await ask('/.well-known/api-catalog')
    expect(answer.headers.get('content-type')).toBe(
      'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
    )
    const head = await ask('/.well-known/api-catalog', { method: 'HEAD' })
    expect([head.status, head.headers.get('link')]).toEqual([200, '</.well-known/api-catalog>; rel="api-catalog"'])
    const catalog = (await answer.json()) as { linkset: { anchor: string }[] }
    expect(schemaErrors('api-catalog', catalog)).toEqual([])
    expect(catalog.linkset.map(({ anchor }) => anchor)).toEqual([
      `${ORIGIN}/api`,
      `${ORIGIN}/api/engine`,
      `${ORIGIN}/api/mcp`,
    ])
    expect(catalog.linkset[1]).toEqual({
      anchor: `${ORIGIN}/api/engine`,
      'service-desc': [{ href: `${ORIGIN}/api/engine/openapi.json`, type: 'application/json', title: 'Engine API' }],
      'service-doc': [
        { href: `${ORIGIN}/docs/api/engine`, type: 'text/html', title: 'Engine API' },
        { href: `${ORIGIN}/docs/api/engine.md`, type: 'text/markdown', title: 'Engine API' },
      ],
      'service-meta': [{ href: `${ORIGIN}/.well-known/oauth-protected-resource/api/engine`, type: 'application/json' }],
      status: [{ href: `${ORIGIN}/api/status`, type: 'application/json' }],
    })
  })

  it('digest the exact bytes of every skill', async () => {
    verifies('discovery.skills')
    const index = (await json('/.well-known/agent-skills/index.json')) as {
      skills: { name: string; url: string; digest: string; description: string }[]
    }
    expect(schemaErrors('agent-skills-index', index)).toEqual([])
    expect(index.skills.map(({ name }) => name)).toEqual(
      ['api', 'app-server', 'cli', 'mcp', 'setup', 'troubleshooting', 'tunnels', 'webtty'].map(
        (name) => `towline-${name}`,
      ),
    )
    for (const { name, url, digest, description } of index.skills) {
      const answer = await ask(url)
      const bytes = Buffer.from(await answer.arrayBuffer())
      expect(answer.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest)
      expect(bytes.toString()).toContain(`---\nname: ${name}\ndescription: ${description}\n`)
    }
  })

  it('describe the MCP server the same at every place', async () => {
    verifies('discovery.server-card')
    const places = ['/api/mcp/server-card', '/.well-known/mcp/server-card.json', '/.well-known/mcp.json']
    const cards = await Promise.all(places.map((path) => ask(path)))
    expect(cards.map(({ headers }) => headers.get('content-type'))).toEqual(
      places.map(() => 'application/mcp-server-card+json'),
    )
    const [first, ...others] = await Promise.all(cards.map((card) => card.text()))
    expect(others).toEqual([first, first])
    const card = JSON.parse(first as string) as object
    expect(schemaErrors('server-card', card)).toEqual([])
    expect(card).toMatchObject({
      name: 'com.example.relay/towline',
      version: '0.1.0',
      remotes: [{ url: `${ORIGIN}/api/mcp`, supportedProtocolVersions: ['2026-07-28', '2025-11-25', '2025-06-18'] }],
      serverInfo: { name: 'towline', title: 'Towline', version: '0.1.0' },
    })
    expect(await json('/.well-known/ai-catalog.json')).toMatchObject({
      specVersion: '1.0',
      entries: [
        {
          identifier: 'urn:air:relay.example.com:mcp:towline',
          mediaType: 'application/mcp-server-card+json',
          type: 'application/mcp-server-card+json',
          url: `${ORIGIN}/api/mcp/server-card`,
        },
      ],
    })
  })

  it('name the issuer for every resource, byte for byte', async () => {
    for (const path of ['', '/api', '/api/mcp', '/api/engine']) {
      const metadata = await json(`/.well-known/oauth-protected-resource${path}`)
      expect(schemaErrors('protected-resource', metadata)).toEqual([])
      expect(metadata).toMatchObject({
        resource: `${ORIGIN}${path}`,
        authorization_servers: [ORIGIN],
        bearer_methods_supported: ['header'],
        jwks_uri: `${ORIGIN}/oauth/jwks`,
      })
    }
  })

  it('tell crawlers what they may do, and where every page is', async () => {
    verifies('discovery.llms')
    const robots = await (await ask('/robots.txt')).text()
    expect(robots).toMatch(/^User-agent: \*\nContent-Signal: search=yes, ai-input=yes, ai-train=no\nAllow: \/\n/)
    expect(robots).toContain('User-agent: GPTBot\n')
    expect(robots).toContain(`Sitemap: ${ORIGIN}/sitemap.xml`)
    const llms = await (await ask('/llms.txt')).text()
    expect(llms).toMatch(/^# Towline\n\n> .+\n/)
    expect(llms).toContain('\n## Optional\n')
    const listed = linksOf(llms).map((url) => url.slice(ORIGIN.length).replace(/\.md$/, '').replace('/index', '/'))
    expect(listed.toSorted()).toEqual([...(await pagePaths()), '/llms-full.txt'].toSorted())
    expect(await (await ask('/llms-full.txt')).text()).toContain('# Private tunnels and dialing')
  })

  it('stand aside for the routes of others when mounted', async () => {
    const app = new Hono()
    app.route('/', discoveryApp(siteOf()))
    app.get('/api/whoami', (context) => context.text('me'))
    app.notFound((context) => context.text('nobody', 404))
    expect(await (await app.request(`${ORIGIN}/api/whoami`)).text()).toBe('me')
    expect(await (await app.request(`${ORIGIN}/nothing`)).text()).toBe('nobody')
    expect((await app.request(`${ORIGIN}/llms.txt`)).status).toBe(200)
  })

  it('follow the origin when it becomes known', async () => {
    let origin = 'http://127.0.0.1:0'
    const app = discoveryApp(siteOf({ publicUrl: () => origin }))
    await app.request('/llms.txt')
    origin = 'http://127.0.0.1:8080'
    expect(await (await app.request('/robots.txt')).text()).toContain('Sitemap: http://127.0.0.1:8080/sitemap.xml')
  })
})
