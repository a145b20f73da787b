/** Proves, on a whole server, that a call on a workstation waits for its own person, runs once, is recorded and is cleaned up. */
import { createHash } from 'node:crypto'
import {
  appendCall,
  askServerApproval,
  cleanUp,
  type Connection,
  flushJournal,
  journalOf,
  readAudit,
  readServerApproval,
  tunnelCleaner,
  useServerApproval,
} from '@towline/operations'
import { agentLabels } from '@towline/protocol'
import { type Browser, openSystem, type System, tempFolder, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, invite, logIn, wordsOf } from '../oauth/login.ts'

const SCOPE = 'tunnels.list tunnels.create tunnels.cut workspaces.read projects.read projects.manage audit.read'
const THREAD = 'thread-1'
const fingerprint = createHash('sha256').update('{"tool":"towline_remote_exec"}').digest('hex')
const question = {
  ...{ tool: 'towline_remote_exec', fingerprint, agent: 'codex-mcp-client', thread: THREAD, target: 'edge-lab' },
  ...{ summary: 'Restart nginx on edge-lab', request: '{"argv":["systemctl","restart","nginx"]}', projectId: 'dev' },
}

describe('approvals of calls on a workstation', () => {
  let system: System
  let ada: Browser
  let bob: Browser
  let connection: Connection
  let ofBob: Connection
  beforeAll(async () => {
    system = await openSystem({ site: { api: { domain: 'localhost' } } })
    ada = await becomeOwner(system)
    bob = await invite(system, 'bob@example.test')
    const of = async (browser: Browser): Promise<Connection> => {
      const { tokens } = await logIn(system, browser, undefined, SCOPE)
      return { url: system.site.publicUrl, token: tokens.access_token, project: 'dev' }
    }
    connection = await of(ada)
    ofBob = await of(bob)
  })
  afterAll(() => system?.close())

  const allow = async (browser: Browser, url: string) =>
    browser.submit(await browser.open(url), '/approve/', { decision: 'allow' })

  it('waits for the person on the page, which shows all of it, and is used once', async () => {
    verifies('guard.approval')
    const { id, approveUrl } = await askServerApproval(connection, question)
    await expect(useServerApproval(connection, { id, fingerprint })).rejects.toMatchObject({ code: 'APPROVAL_PENDING' })
    const words = wordsOf(await ada.open(approveUrl))
    for (const part of [
      question.summary,
      question.tool,
      question.target,
      THREAD,
      question.agent,
      'workbench',
      'systemctl',
    ])
      expect(words).toContain(part)
    expect(wordsOf(await allow(ada, approveUrl))).toContain('Allowed')
    expect(await readServerApproval(connection, id)).toMatchObject({ status: 'approved' })
    const other = createHash('sha256').update('other').digest('hex')
    const invalid = { code: 'APPROVAL_INVALID' }
    await expect(useServerApproval(connection, { id, fingerprint: other })).rejects.toMatchObject(invalid)
    expect(await useServerApproval(connection, { id, fingerprint })).toEqual({ used: true })
    await expect(useServerApproval(connection, { id, fingerprint })).rejects.toMatchObject(invalid)
  })

  it('can neither be seen nor decided nor used by another person of the workspace, nor by a token', async () => {
    verifies('guard.approval')
    const { id, approveUrl } = await askServerApproval(connection, { ...question, thread: 'thread-2' })
    expect(wordsOf(await bob.open(approveUrl))).not.toContain(question.summary)
    const post = (headers: Readonly<Record<string, string>>) =>
      fetch(approveUrl, {
        ...{ method: 'POST', body: 'decision=allow', redirect: 'manual' },
        headers: { origin: system.site.publicUrl, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      })
    const { status, headers } = await post({ authorization: `Bearer ${String(connection.token)}` })
    expect([status, headers.get('location')]).toEqual([303, expect.stringContaining('/sign-in')])
    await expect(readServerApproval(ofBob, id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(useServerApproval(ofBob, { id, fingerprint })).rejects.toMatchObject({ code: 'APPROVAL_INVALID' })
    expect(await readServerApproval(connection, id)).toMatchObject({ status: 'pending' })
  })

  it('has nobody to ask behind a token of a project', async () => {
    const own = { url: system.site.publicUrl, token: system.token }
    await expect(askServerApproval(own, question)).rejects.toMatchObject({
      code: 'APPROVAL_NOBODY',
      next: expect.stringContaining('towline approve'),
    })
  })

  it('shows a thread whole: what was allowed, called, made and cleaned up', async () => {
    verifies('guard.audit', 'guard.cleanup', 'guard.labels')
    using temp = tempFolder('agents')
    const session = system.session({ token: connection.token, project: 'dev' })
    const labels = agentLabels({ name: 'codex-mcp-client', thread: THREAD, purpose: 'review' })
    const made = await session.open({ kind: 'private', name: 'made', labels }, () => {})
    const other = { ...labels, ...agentLabels({ name: 'codex-mcp-client', thread: 'thread-9', purpose: 'review' }) }
    await session.open({ kind: 'private', name: 'other', labels: other }, () => {})
    await session.open({ kind: 'private', name: 'plain' }, () => {})

    const journal = journalOf({ TOWLINE_HOME: temp.path }, connection)
    await appendCall(journal, {
      ...{
        agent: 'codex-mcp-client',
        thread: THREAD,
        tool: 'towline_local_tunnel_expose',
        target: 'made',
        projectId: 'dev',
      },
      ...{ argumentsHash: fingerprint, decision: 'approved', decidedBy: 'page', durationMs: 5 },
    })
    expect(await flushJournal(journal, connection)).toMatchObject({ sent: 1, duplicates: 0 })

    const agent = { ...connection, claim: { name: 'codex-mcp-client', thread: THREAD, call: 'call-7' } }
    const cleaners = [tunnelCleaner(agent)]
    const dry = await cleanUp({ thread: THREAD, cleaners, dryRun: true })
    expect([dry.removed, dry.remaining.map(({ name }) => name)]).toEqual([[], ['made']])
    const report = await cleanUp({ thread: THREAD, cleaners })
    expect([report.removed.map(({ name }) => name), report.failed, report.remaining]).toEqual([['made'], [], []])
    await made.closed
    expect(await cleanUp({ thread: THREAD, cleaners })).toEqual({ removed: [], failed: [], remaining: [] })

    const records = await readAudit(connection, { thread: THREAD, limit: 50 })
    expect(records.toReversed().map(({ action, tool, agent: who }) => [action, tool, who])).toEqual([
      ['approvals.allow', 'towline_remote_exec', 'codex-mcp-client'],
      ['approvals.use', 'towline_remote_exec', 'codex-mcp-client'],
      ['tunnel.create', undefined, 'codex-mcp-client'],
      ['agent.call', 'towline_local_tunnel_expose', 'codex-mcp-client'],
      ['tunnel.cut', undefined, 'codex-mcp-client'],
    ])
    expect((await readAudit(connection, { tool: 'towline_local_tunnel_expose', limit: 50 })).length).toBe(1)
    expect(await readAudit(connection, { agent: 'nobody', limit: 50 })).toEqual([])
  })
})
