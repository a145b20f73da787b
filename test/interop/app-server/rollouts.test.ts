/** Judges rollouts by stock Codex: it goes on with threads of ours, and ours with its. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  command,
  hear,
  openPlayed,
  type Played,
  say,
} from '../../../packages/app-server/src/threads/threads.fixture.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { EARLY_ID, EARLY_ROLLOUT } from './early-rollout.ts'
import { openStockThreads, type StockThreads } from './stock-threads.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into it
type Told = any

const KINDS = ['cli', 'vscode', 'exec', 'appServer']
const wordsOf = ({ turns }: Told): readonly string[] =>
  turns.flatMap(({ items }: Told) => items.map((item: Told) => item.text ?? item.content?.[0]?.text ?? item.type))

describe.skipIf(WITHOUT_AGENTS)('interop codex, rollouts', () => {
  let stock: StockThreads
  let ours: Played
  beforeEach(async () => {
    stock = await openStockThreads()
    ours = openPlayed({ home: stock.codexHome })
  })
  afterEach(async () => {
    await ours.close()
    await stock.close()
  })

  it('stock lists, reads and resumes a thread of ours', async () => {
    verifies('app.rollout')
    const threadId = await ours.start({ cwd: stock.home.path })
    ours.scripts.push(async (context, input) => {
      const { turnId, feed } = context
      hear(context, input)
      feed.emit('item/completed', { threadId, turnId, item: command('completed'), completedAtMs: 1 })
      const change = { path: '/srv/app/a.txt', kind: { type: 'add' }, diff: 'a\n' } as const
      const patch = { type: 'fileChange', id: 'call_2', changes: [change], status: 'completed' } as const
      feed.emit('item/completed', { threadId, turnId, item: patch, completedAtMs: 1 })
      feed.emit('item/completed', {
        threadId,
        turnId,
        item: { type: 'plan', id: 'plan_1', text: 'look' },
        completedAtMs: 1,
      })
      say(context, 'it is done')
      return undefined
    })
    await ours.turn(threadId, 'hello from towline')
    await ours.call('thread/name/set', { threadId, name: 'ours' })
    await stock.serving(async ({ ask }) => {
      await expect(ask('thread/resume', { threadId })).rejects.toThrow(
        `thread ${threadId} already has an active writer`,
      )
    })
    await ours.threads.unload(threadId)

    await stock.serving(async ({ ask, turn }) => {
      const { data } = await ask('thread/list', { sourceKinds: KINDS })
      expect(data).toMatchObject([
        { id: threadId, preview: 'hello from towline', name: 'ours', source: 'cli', cwd: stock.home.path },
      ])
      const { thread } = await ask('thread/read', { threadId, includeTurns: true })
      expect(wordsOf(thread)).toEqual(['hello from towline', 'fileChange', 'look', 'it is done'])
      await ask('thread/resume', { threadId, excludeTurns: true })
      expect(await turn(threadId, 'and from codex')).toMatchObject({ status: 'completed' })
      expect(stock.sent()).toEqual(expect.arrayContaining(['hello from towline', 'it is done', 'and from codex']))
    })

    const { thread } = await ours.call('thread/resume', { threadId })
    expect(wordsOf(thread)).toEqual([
      'hello from towline',
      'commandExecution',
      'fileChange',
      'look',
      'it is done',
      'and from codex',
      'Done.',
    ])
  })

  it('ours lists, reads and resumes a thread of stock, and stock goes on after', async () => {
    verifies('app.rollout')
    stock.calls([{ name: 'exec_command', args: { cmd: 'echo hi' } }])
    await stock.exec('hello from codex')
    const { data } = await ours.call('thread/list', { sourceKinds: KINDS })
    expect(data).toMatchObject([
      { preview: 'hello from codex', source: 'exec', model: 'scripted', cwd: stock.home.path },
    ])
    const threadId = data[0].id
    const { thread } = await ours.call('thread/read', { threadId, includeTurns: true })
    expect(wordsOf(thread)).toEqual(['hello from codex', 'commandExecution', 'Done.'])
    expect(thread.turns[0].items[1]).toMatchObject({
      command: "/bin/bash -lc 'echo hi'",
      aggregatedOutput: 'hi\n',
      exitCode: 0,
    })

    await ours.call('thread/resume', { threadId })
    expect(JSON.stringify(ours.threads.get(threadId).history.items)).toContain('hello from codex')
    await ours.turn(threadId, 'and from towline')
    await ours.threads.unload(threadId)

    await stock.serving(async ({ ask, turn }) => {
      await ask('thread/resume', { threadId, excludeTurns: true })
      expect(await turn(threadId, 'codex again')).toMatchObject({ status: 'completed' })
      expect(stock.sent()).toEqual(
        expect.arrayContaining(['hello from codex', 'and from towline', 'Echo: and from towline', 'codex again']),
      )
      const { data: turns } = await ask('thread/turns/list', { threadId, itemsView: 'full', sortDirection: 'asc' })
      expect(wordsOf({ turns }).filter((word) => word !== 'commandExecution')).toEqual([
        ...['hello from codex', 'Done.', 'and from towline', 'Echo: and from towline', 'codex again', 'Done.'],
      ])
    })
    expect((await ours.call('thread/read', { threadId, includeTurns: true })).thread.turns.length).toBe(3)
  })

  it('stock goes on with a fork of ours, of a thread of its own', async () => {
    verifies('app.rollout', 'app.thread')
    stock.calls([{ name: 'exec_command', args: { cmd: 'echo hi' } }])
    await stock.exec('hello from codex')
    const [{ id }] = (await ours.call('thread/list', { sourceKinds: KINDS })).data
    const { thread } = await ours.call('thread/fork', { threadId: id })
    expect(wordsOf(thread)).toEqual(['hello from codex', 'commandExecution', 'Done.'])
    await ours.turn(thread.id, 'and from towline')
    await ours.threads.unload(thread.id)
    await stock.serving(async ({ ask, turn }) => {
      const read = (await ask('thread/read', { threadId: thread.id, includeTurns: true })).thread
      expect(read.forkedFromId).toBe(id)
      expect(wordsOf(read)).toEqual(['hello from codex', 'Done.', 'and from towline', 'Echo: and from towline'])
      await ask('thread/resume', { threadId: thread.id, excludeTurns: true })
      expect(await turn(thread.id, 'codex again')).toMatchObject({ status: 'completed' })
      expect(stock.sent()).toEqual(
        expect.arrayContaining(['hello from codex', 'Echo: and from towline', 'codex again']),
      )
    })
  })

  it('both read a thread of an early Codex', async () => {
    const folder = join(stock.codexHome, 'sessions', '2025', '10', '02')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `rollout-2025-10-02T10-00-00-${EARLY_ID}.jsonl`), EARLY_ROLLOUT)
    const mine = (await ours.call('thread/read', { threadId: EARLY_ID, includeTurns: true })).thread
    expect(wordsOf(mine)).toEqual([
      'list the files',
      'reasoning',
      'commandExecution',
      'There is one file.',
      'and now',
      'Nothing more.',
    ])
    await stock.serving(async ({ ask }) => {
      const { thread } = await ask('thread/read', { threadId: EARLY_ID, includeTurns: true })
      expect(wordsOf(thread)).toEqual(wordsOf(mine).filter((word) => word !== 'commandExecution'))
      expect(thread.turns.map(({ status }: Told) => status)).toEqual(mine.turns.map(({ status }: Told) => status))
    })
    await ours.call('thread/resume', { threadId: EARLY_ID })
    expect((await ours.turn(EARLY_ID, 'third')).status).toBe('completed')
  })
})
