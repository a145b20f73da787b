/** Proves that events are numbered for each project and can be resumed as long as they are kept. */
import { silentLog } from '@towline/base'
import { type Client, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { type ChangeEvent, Journal } from './journal.ts'

const client = (projectId: string, id: string): Client => ({
  id,
  agent: 'test',
  os: 'linux',
  arch: 'x64',
  labels: {},
  address: '192.0.2.1',
  transport: 'tls',
  owner: 'crd_a',
  projectId,
  tunnels: [],
  status: 'online',
  createdAt: 1,
})

const journal = (clock = () => 36_000, most = LIMITS.watchJournal): Journal =>
  new Journal({ limits: { ...LIMITS, watchJournal: most }, log: silentLog(), clock })

const add = (to: Journal, projectId: string, id: string): void =>
  to.append({ type: 'client.created', object: client(projectId, id) })

const missed = (of: Journal, after: string | undefined): readonly string[] | undefined =>
  of.follow('prj_a', after, () => {}).missed?.map(({ object }) => object.id)

describe('engine journal', () => {
  it('cannot resume from what it never said: other boots, ids to come, garbage', () => {
    verifies('engine.sse')
    const kept = journal()
    add(kept, 'prj_a', 'cli_1')
    for (const after of ['other.1', 'rs0.2', 'rs0.-1', 'rs0.', 'rs0.1e3', '', 'x', undefined]) {
      expect(missed(kept, after)).toBeUndefined()
    }
  })

  it('counts each project from one and tells only its own events', () => {
    verifies('engine.sse')
    const kept = journal()
    const heard: ChangeEvent[] = []
    const { head, stop } = kept.follow('prj_a', undefined, (event) => heard.push(event))
    add(kept, 'prj_b', 'cli_b')
    add(kept, 'prj_a', 'cli_a')
    stop()
    add(kept, 'prj_a', 'cli_late')
    expect(head).toBe('rs0.0')
    expect(heard).toEqual([
      { id: 'rs0.1', type: 'client.created', createdAt: 36, projectId: 'prj_a', object: client('prj_a', 'cli_a') },
    ])
  })

  it('resumes after any event it still has, and no further back', () => {
    verifies('engine.sse', 'limits.table')
    const kept = journal(undefined, 2)
    for (const id of ['cli_1', 'cli_2', 'cli_3']) add(kept, 'prj_a', id)
    expect(missed(kept, 'rs0.3')).toEqual([])
    expect(missed(kept, 'rs0.1')).toEqual(['cli_2', 'cli_3'])
    expect(missed(kept, 'rs0.0')).toBeUndefined()
  })
})
