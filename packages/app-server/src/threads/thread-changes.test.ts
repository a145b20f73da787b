/** Proves what becomes of threads beside their turns: settings, forks, archives, lists, pages, and what lasts over a restart. */
import type { TurnContext } from '../agent/turn.ts'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { closePlayed, openPlayed as open, type Played, type Told } from './threads.fixture.ts'

afterEach(closePlayed)

describe('threads: settings and repository', () => {
  it('are told when they change, and last without a turn', async () => {
    const first = open()
    const threadId = await first.start()
    await first.turn(threadId, 'one')
    await first.call('thread/settings/update', { threadId, effort: 'high', sandboxPolicy: { type: 'readOnly' } })
    const { params } = await first.heard('thread/settings/updated')
    expect(params.threadSettings).toMatchObject({
      effort: 'high',
      sandboxPolicy: { type: 'readOnly' },
      model: 'scripted',
    })
    await first.turn(threadId, 'two', { effort: 'high' })
    expect(first.told.filter(({ method }) => method === 'thread/settings/updated').length).toBe(1)
    await first.call('thread/settings/update', { threadId, model: 'larger' })
    await first.call('thread/metadata/update', { threadId, gitInfo: { branch: 'main' } })
    await first.close()
    const second = open({ home: first.home })
    expect((await second.call('thread/list', {})).data[0].gitInfo).toEqual({
      sha: null,
      branch: 'main',
      originUrl: null,
    })
    const resumed = await second.call('thread/resume', { threadId })
    expect(resumed).toMatchObject({ model: 'larger', reasoningEffort: 'high', sandbox: { type: 'readOnly' } })
    expect(resumed.thread.gitInfo.branch).toBe('main')
    const refused = second.call('thread/metadata/update', { threadId, gitInfo: {} })
    await expect(refused).rejects.toThrow('gitInfo must include at least one field')
  })
})

describe('threads: what was accepted for the session', () => {
  it('holds for another server, and not for a fork', async () => {
    verifies('app.resume.usage')
    const asks = async ({ accepted, threadId, feed }: TurnContext): Promise<undefined> => {
      feed.emit('warning', { threadId, message: `accepted: ${accepted.has('rm x')}` })
      accepted.add('rm x')
    }
    const first = open()
    const threadId = await first.start()
    first.scripts.push(asks)
    await first.turn(threadId, 'one')
    await first.close()
    const second = open({ home: first.home })
    const { thread: fork } = await second.call('thread/fork', { threadId })
    await second.call('thread/resume', { threadId })
    second.scripts.push(asks, asks)
    await second.turn(threadId, 'two')
    await second.turn(fork.id, 'two')
    const said = (played: Played) =>
      played.told.filter(({ method }) => method === 'warning').map(({ params }) => params.message)
    expect([said(first), said(second)]).toEqual([['accepted: false'], ['accepted: true', 'accepted: false']])
  })
})

describe('threads: are', () => {
  it('forked up to a turn, whole or before one', async () => {
    verifies('app.thread')
    const played = open()
    const threadId = await played.start()
    for (const text of ['one', 'two', 'three']) await played.turn(threadId, text)
    const turns = (await played.call('thread/read', { threadId, includeTurns: true })).thread.turns
    const words = ({ thread }: Told) => thread.turns.map(({ items }: Told) => items[0].content[0].text)
    const whole = await played.call('thread/fork', { threadId })
    expect([whole.thread.forkedFromId, words(whole)]).toEqual([threadId, ['one', 'two', 'three']])
    expect(words(await played.call('thread/fork', { threadId, lastTurnId: turns[1].id }))).toEqual(['one', 'two'])
    expect(words(await played.call('thread/fork', { threadId, beforeTurnId: turns[1].id }))).toEqual(['one'])
    await expect(played.call('thread/fork', { threadId, lastTurnId: 'x' })).rejects.toThrow('turn not found: x')
    expect((await played.turn(whole.thread.id, 'four')).status).toBe('completed')
    expect(words(await played.call('thread/read', { threadId, includeTurns: true }))).toEqual(['one', 'two', 'three'])
  })

  it('archived, taken out again, and deleted', async () => {
    const played = open()
    const threadId = await played.start()
    await played.turn(threadId, 'one')
    const ids = async (params: object) => (await played.call('thread/list', params)).data.map(({ id }: Told) => id)
    await played.call('thread/archive', { threadId })
    expect([await ids({}), await ids({ archived: true })]).toEqual([[], [threadId]])
    await expect(played.call('thread/resume', { threadId })).rejects.toThrow(`session ${threadId} is archived`)
    expect((await played.call('thread/unarchive', { threadId })).thread.id).toBe(threadId)
    expect([await ids({}), await ids({ archived: true })]).toEqual([[threadId], []])
    await played.call('thread/resume', { threadId })
    await played.call('thread/delete', { threadId })
    expect(await ids({})).toEqual([])
    await expect(played.call('thread/resume', { threadId })).rejects.toThrow('no rollout found')
  })

  it('listed by pages, in both directions, and found by their words', async () => {
    let now = Date.parse('2026-11-26T10:00:00Z')
    const played = open({ now: () => now })
    const made: string[] = []
    for (const text of ['alpha', 'beta', 'gamma']) {
      now += 60_000
      const id = await played.start()
      await played.turn(id, text)
      made.push(id)
    }
    const ids = ({ data }: Told) => data.map(({ id }: Told) => id)
    const page = await played.call('thread/list', { limit: 2 })
    expect(ids(page)).toEqual([made[2], made[1]])
    const rest = await played.call('thread/list', { limit: 2, cursor: page.nextCursor })
    expect([ids(rest), rest.nextCursor]).toEqual([[made[0]], null])
    expect(ids(await played.call('thread/list', { sortDirection: 'asc' }))).toEqual(made)
    expect(ids(await played.call('thread/list', { searchTerm: 'BET' }))).toEqual([made[1]])
    expect(ids(await played.call('thread/list', { sourceKinds: ['exec'] }))).toEqual([])
    expect(ids(await played.call('thread/list', { cwd: '/nowhere' }))).toEqual([])
    expect((await played.call('thread/search', { searchTerm: 'gam' })).data).toMatchObject([{ snippet: 'gamma' }])
    expect((await played.call('thread/loaded/list', {})).data).toEqual(made)
  })

  it('read by pages of turns and items', async () => {
    const played = open()
    const threadId = await played.start()
    for (const text of ['one', 'two', 'three']) await played.turn(threadId, text)
    const words = ({ data }: Told) => data.map(({ items }: Told) => items[0].content[0].text)
    const page = await played.call('thread/turns/list', { threadId, limit: 2 })
    expect([words(page), page.data[0].itemsView]).toEqual([['three', 'two'], 'summary'])
    expect(words(await played.call('thread/turns/list', { threadId, cursor: page.nextCursor }))).toEqual(['one'])
    const back = await played.call('thread/turns/list', {
      threadId,
      cursor: page.backwardsCursor,
      sortDirection: 'asc',
    })
    expect(words(back)).toEqual(['three'])
    await expect(played.call('thread/turns/list', { threadId, cursor: 'zzz' })).rejects.toThrow('invalid cursor: zzz')
    const items = await played.call('thread/items/list', { threadId, limit: 4 })
    expect(items.data.length).toBe(4)
    expect((await played.call('thread/items/list', { threadId, cursor: items.nextCursor })).data.length).toBe(2)
    const last = page.data[0]
    expect(
      (await played.call('thread/items/list', { threadId, turnId: last.id, cursor: { itemId: last.items[0].id } })).data
        .length,
    ).toBe(1)
  })

  it('run a command of a person, which the model hears of', async () => {
    const played = open()
    const threadId = await played.start()
    await played.call('thread/shellCommand', { threadId, command: 'echo hi' })
    await played.heard('turn/completed')
    const { thread } = await played.call('thread/read', { threadId, includeTurns: true })
    expect(thread.turns[0].items).toMatchObject([
      { source: 'userShell', status: 'completed', aggregatedOutput: 'echo hi\n', exitCode: 0 },
    ])
    expect(JSON.stringify(played.threads.get(threadId).history.items)).toContain('<user_shell_command>')
  })

  it('unloaded when nobody watched for half an hour, and told so', async () => {
    let now = 1_000_000
    const played = open({ now: () => now })
    const threadId = await played.start()
    await played.turn(threadId, 'one')
    await played.threads.unloadIdle()
    now += 1_800_000
    await played.threads.unloadIdle()
    expect(played.threads.loaded).toEqual([threadId])
    await played.call('thread/unsubscribe', { threadId })
    await played.threads.unloadIdle()
    now += 1_800_000
    await played.threads.unloadIdle()
    expect([played.threads.loaded, played.told.slice(-2).map(({ method }) => method)]).toEqual([
      [],
      ['thread/status/changed', 'thread/closed'],
    ])
    expect((await played.call('thread/resume', { threadId })).thread.turns.length).toBe(1)
  })
})
