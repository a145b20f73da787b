/** Proves that an agent check takes no more than it may, and that no site leads it where it should not go. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { agentCheck } from './agent-check.ts'
import { isPublicAddress } from './address-class.ts'
import { checked } from './checked.fixture.ts'
import { document, openSite } from './perfect-site.fixture.ts'
import { openReader } from './site-reader.ts'

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
