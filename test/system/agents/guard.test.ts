/** Proves the guardrails of `towline mcp serve` as agents and people meet them: asked, allowed at a terminal, once, recorded. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { precheckExpose } from '@towline/operations'
import { openSystem, startUp, towline, type Up, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, logIn } from '../oauth/login.ts'
import { missing, openTmux, without } from '../tmux.ts'
import { openAgent } from './agent.ts'

const THREAD = 'thread-guard'
const TOOL = 'towline_cleanup'
const ARGS = { thread: THREAD, dryRun: true }
const lacks = missing('tmux')

describe(`guardrails of mcp serve${without(lacks)}`, () => {
  let up: Up
  beforeAll(async () => {
    up = await startUp()
    const rules = [{ tools: [TOOL], decision: 'ask', note: 'look first' }]
    writeFileSync(join(up.folder.path, 'policy.json'), JSON.stringify({ rules }), { mode: 0o600 })
  })
  afterAll(() => up?.close())

  it.skipIf(lacks.length > 0)(
    'waits for a person at a terminal, runs once, refuses the rest, and tells it all',
    async () => {
      verifies('guard.approval', 'guard.policy', 'guard.audit')
      const agent = await openAgent(up, { thread: THREAD, name: 'judge' })
      const asked = await agent.call(TOOL, ARGS)
      expect(asked).toMatchObject({
        approvalRequired: true,
        approvalId: expect.stringMatching(/^apl_/),
      })
      const approvalId = String(asked['approvalId'])
      expect(await agent.call(TOOL, { ...ARGS, approvalId })).toMatchObject({
        approvalRequired: true,
        approvalId,
      })

      const piped = await up.run(['approve', approvalId], { input: 'y\n' })
      expect([piped.status, piped.stderr]).toEqual([4, expect.stringContaining('terminal')])

      await using tmux = await openTmux(up.env)
      await tmux.enter([...towline('approve', approvalId)].map((word) => `'${word}'`).join(' '))
      const screen = await tmux.until(/Allow exactly this, once/)
      for (const part of ['judge', THREAD, TOOL]) expect(screen).toContain(part)
      await tmux.enter('y')
      await tmux.until(new RegExp(`approved ${approvalId}`))

      expect(await agent.refused(TOOL, { ...ARGS, dryRun: false, approvalId })).toMatchObject({
        code: 'APPROVAL_INVALID',
      })
      expect(await agent.call(TOOL, { ...ARGS, approvalId })).toMatchObject({ removed: [] })
      expect(await agent.refused(TOOL, { ...ARGS, approvalId })).toMatchObject({ code: 'APPROVAL_INVALID' })

      await agent[Symbol.asyncDispose]()
      const { stdout } = await up.run(['audit', '--thread', THREAD, '--action', 'agent.call', '-o', 'json'])
      const records = JSON.parse(stdout) as {
        tool: string
        agent: string
        code?: string
        details: Record<string, unknown>
      }[]
      expect(
        records.map(({ tool, agent, code, details }) => [tool, agent, code, details['decision']]).toReversed(),
      ).toEqual([
        [TOOL, 'judge', 'APPROVAL_INVALID', 'denied'],
        [TOOL, 'judge', undefined, 'approved'],
        [TOOL, 'judge', 'APPROVAL_INVALID', 'denied'],
      ])
    },
  )
})

describe('guard precheck of an exposure, on a whole server', () => {
  it('tells who else holds a name, and lets its own holder ask again', async () => {
    verifies('guard.plan')
    const system = await openSystem({ site: { api: { domain: 'localhost' } } })
    try {
      const ada = await becomeOwner(system)
      const scope = 'tunnels.list tunnels.create settings.read workspaces.read projects.read'
      const { tokens } = await logIn(system, ada, undefined, scope)
      const connection = { url: system.site.publicUrl, token: tokens.access_token, project: 'dev' }
      const check = (name: string) => precheckExpose(connection, { kind: 'http', name, target: { port: 1 } })
      await system.session({ token: connection.token, project: 'dev' }).open({ kind: 'private', name: 'own' }, () => {})
      await system.session().open({ kind: 'private', name: 'other' }, () => {})
      await check('own')
      await check('free')
      await expect(check('other')).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    } finally {
      await system.close()
    }
  })
})
