/** Proves that the tool cleans up what agents made, and nothing of people, whatever it is asked for. */
import { readAudit } from '@towline/operations'
import { agentLabels, LIMITS } from '@towline/protocol'
import { openSystem, type System, type TempFolder, tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ToolCall } from '../tool.ts'
import { auditList } from './audit-list.ts'
import { cleanup } from './cleanup.ts'

let system: System
let home: TempFolder
beforeAll(async () => {
  home = tempFolder('cleanup')
  system = await openSystem({ site: { api: { domain: 'localhost' } } })
})
afterAll(async () => {
  await system?.close()
  home[Symbol.dispose]()
})

const connection = () => ({ url: system.site.publicUrl, token: system.token })
const callOf = (thread?: string): ToolCall =>
  ({
    ...{
      deps: { limits: LIMITS, env: { TOWLINE_HOME: home.path }, program: ['false'], agent: 'test' },
      signal: new AbortController().signal,
      origin: { agent: 'codex', thread },
    },
    connection: () => Promise.resolve({ ...connection(), claim: { name: 'codex', thread } }),
  }) as unknown as ToolCall
const run = (args: object, thread?: string) => cleanup.run(cleanup.input.parse(args), callOf(thread))

describe('mcp cleanup', () => {
  it('refuses when neither is named what, nor known which conversation this is', async () => {
    verifies('guard.cleanup')
    await expect(run({})).rejects.toMatchObject({ code: 'SELECTION_EMPTY' })
    expect(cleanup.input.safeParse({ all: true }).success).toBe(false)
  })

  it('removes what this conversation made, and leaves what a person labelled the same', async () => {
    verifies('guard.cleanup', 'guard.audit')
    const session = system.session()
    const labels = agentLabels({ name: 'codex', thread: 't-1', purpose: 'review' })
    const posed = { 'towline.agent/thread': 't-1', 'towline.agent/purpose': 'review' }
    const made = await session.open({ kind: 'private', name: 'made', labels }, () => {})
    await session.open({ kind: 'private', name: 'mine', labels: posed }, () => {})
    const item = { kind: 'tunnel', id: made.tunnel.id, name: 'made' }
    expect(await run({ dryRun: true }, 't-1')).toMatchObject({ removed: [], remaining: [item] })
    const report = { removed: [item], failed: [], remaining: [], guidance: 'All of it is removed.' }
    expect(await run({}, 't-1')).toEqual(report)
    for (const args of [{ purpose: 'review' }, { labels: posed }, { thread: 't-1' }])
      expect((await run(args)).removed).toEqual([])
    const asked = auditList.input.parse({ thread: 't-1', action: 'tunnel.cut' })
    const told = await auditList.run(asked, callOf())
    expect(told).toMatchObject({ records: [{ action: 'tunnel.cut', target: made.tunnel.id, agent: 'codex' }] })
    expect(auditList.output.safeParse(told).error).toBe(undefined)
    expect((await readAudit(connection(), { thread: 't-1', limit: 9 })).length).toBe(2)
  })
})
