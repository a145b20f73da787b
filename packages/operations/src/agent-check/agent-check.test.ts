/** Proves the agent check: every row can fail, and a good site passes. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { agentCheck } from './agent-check.ts'
import { checked } from './checked.fixture.ts'
import { CHECKS } from './checks.ts'
import { DEFECTS, WARNINGS } from './defects.fixture.ts'
import { levelOf } from './levels.ts'
import { document, openSite } from './perfect-site.fixture.ts'
import type { AgentCheck, RowStatus } from './report.ts'
import { https } from './rows/hygiene.ts'
import type { SiteReader } from './site-reader.ts'

const statuses = ({ rows }: AgentCheck): Record<string, RowStatus> =>
  Object.fromEntries(rows.map(({ id, status }) => [id, status]))

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
