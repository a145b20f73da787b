/** Proves that threads last: over servers that end or die, over another that takes over, and what was read with them. */
import { appendFileSync, statSync } from 'node:fs'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import {
  clientOf,
  closePlayed,
  command,
  hear,
  openPlayed as open,
  type Played,
  say,
  textInput,
  type Told,
} from './threads.fixture.ts'

afterEach(closePlayed)

describe('threads: last', () => {
  it('in files only we may read, and are resumed by another server with all they were', async () => {
    verifies('app.rollout')
    verifies('app.resume.usage')
    const first = open()
    const threadId = await first.start()
    first.scripts.push(async (context, input) => {
      const { threadId, turnId, feed } = context
      hear(context, input)
      feed.emit('item/completed', { threadId, turnId, item: command('completed'), completedAtMs: 1 })
      const usage = {
        totalTokens: 5,
        inputTokens: 3,
        cachedInputTokens: 1,
        cacheWriteInputTokens: 0,
        outputTokens: 2,
        reasoningOutputTokens: 1,
      }
      feed.emit('thread/tokenUsage/updated', {
        threadId,
        turnId,
        tokenUsage: { total: usage, last: usage, modelContextWindow: 1000 },
      })
      feed.emit('turn/plan/updated', {
        threadId,
        turnId,
        explanation: null,
        plan: [{ step: 'look', status: 'completed' }],
      })
      say(context, 'done')
      return undefined
    })
    await first.turn(threadId, 'hello', { model: 'larger', approvalPolicy: 'never' })
    await first.call('thread/name/set', { threadId, name: 'greeting' })
    const before = (await first.call('thread/read', { threadId, includeTurns: true })).thread
    expect(statSync(before.path).mode & 0o777).toBe(0o600)
    await first.close()

    const second = open({ home: first.home })
    const listed = await second.call('thread/list', {})
    expect(listed.data).toMatchObject([
      { id: threadId, name: 'greeting', preview: 'hello', model: 'larger', status: { type: 'notLoaded' } },
    ])
    const resumed = await second.call('thread/resume', { threadId })
    expect(resumed).toMatchObject({
      model: 'larger',
      approvalPolicy: 'never',
      thread: { id: threadId, name: 'greeting' },
    })
    expect(resumed.thread.turns).toEqual(before.turns)
    expect(resumed.thread.turns[0].items.map(({ type }: Told) => type)).toEqual([
      'userMessage',
      'commandExecution',
      'agentMessage',
    ])
    expect(second.told.map(({ method }) => method)).toEqual(['thread/tokenUsage/updated', 'turn/plan/updated'])
    expect(second.told[0]?.params.tokenUsage.total.totalTokens).toBe(5)
    second.scripts.push(async (context) => {
      say(context, JSON.stringify(context.history.items.map(({ role }) => role)))
      return undefined
    })
    expect((await second.turn(threadId, 'again')).items).toMatchObject([{ text: '["user","assistant"]' }])
  })

  it('until their first message only while they are loaded, also when clients come and go', async () => {
    const played = open()
    const threadId = await played.start()
    await played.call('thread/unsubscribe', { threadId })
    expect((await played.call('thread/resume', { threadId }, clientOf('two').caller)).thread.id).toBe(threadId)
    expect((await played.turn(threadId, 'x')).status).toBe('completed')
  })

  it('with one writer at a time, until another server takes over', async () => {
    const first = open()
    const threadId = await first.start()
    await first.turn(threadId, 'one')
    const other = open({ home: first.home })
    await expect(other.call('thread/resume', { threadId })).rejects.toThrow(
      `thread ${threadId} already has an active writer`,
    )
    await other.call('towline/thread/takeover', { threadId })
    expect((await other.turn(threadId, 'two')).status).toBe('completed')
    expect(await first.turn(threadId, 'three')).toMatchObject({
      status: 'failed',
      error: { additionalDetails: 'THREAD_TAKEN' },
    })
    const { thread } = await other.call('thread/read', { threadId, includeTurns: true })
    expect(thread.turns.map(({ items }: Told) => items[0].content[0].text)).toEqual(['one', 'two'])
  })

  it('after a server that died: the turn is interrupted, and the model is told', async () => {
    const first = open()
    const threadId = await first.start()
    first.scripts.push(async (context, input) => {
      hear(context, input)
      context.history.append({ type: 'function_call', name: 'x', call_id: 'call_1', arguments: '{}' })
      context.feed.emit('warning', { threadId, message: 'it hangs' })
      await new Promise((done) => context.signal.addEventListener('abort', done))
      return undefined
    })
    await first.call('turn/start', { threadId, input: textInput('x') })
    await first.heard('warning')
    // What a dead process leaves: its lock is gone, its last line is torn.
    const { path } = (await first.call('thread/read', { threadId })).thread
    appendFileSync(path, '{"timestamp":"2026')
    const second = open({ home: first.home, resumesCalls: true })
    const { thread, towline } = await second.call('towline/thread/takeover', { threadId })
    expect(towline.damage).toContain('only half written')
    expect(thread.turns).toMatchObject([{ status: 'interrupted' }])
    expect(second.told.filter(({ method }) => method === 'warning')).toMatchObject([
      { params: { threadId, message: towline.damage } },
    ])
    const [, call, answer, told] = second.threads.get(threadId).history.items
    expect([call?.['call_id'], answer]).toEqual([
      'call_1',
      { type: 'function_call_output', call_id: 'call_1', output: 'aborted' },
    ])
    expect(JSON.stringify(told)).toContain('The server ended')
    expect((await second.turn(threadId, 'y')).status).toBe('completed')
  })

  it('with their questions: a server that died goes on with the turn where it asked', async () => {
    const first = open()
    const threadId = await first.start()
    const ask: Played['scripts'][number] = async (context, input) => {
      const { turnId, feed, signal, history } = context
      if (input.length > 0) {
        hear(context, input)
        history.append({ type: 'function_call', name: 'shell', call_id: 'call_1', arguments: '{}' })
      }
      feed.emit('item/started', { threadId, turnId, item: command('inProgress'), startedAtMs: 1 })
      const { decision } = await feed.ask(
        'item/commandExecution/requestApproval',
        { threadId, turnId, itemId: 'call_1' } as never,
        signal,
      )
      history.append({ type: 'function_call_output', call_id: 'call_1', output: String(decision) })
      feed.emit('item/completed', { threadId, turnId, item: command('completed'), completedAtMs: 1 })
      say(context, `you said ${JSON.stringify(decision)}`)
      return undefined
    }
    first.scripts.push(ask)
    const { turn } = await first.call('turn/start', { threadId, input: textInput('x') })
    await first.heard('item/commandExecution/requestApproval')

    const second = open({ home: first.home })
    for (const [id, question] of first.questions) second.questions.set(id, question)
    second.scripts.push(ask)
    const { thread } = await second.call('towline/thread/takeover', { threadId })
    expect(thread).toMatchObject({ status: { type: 'active' }, turns: [{ id: turn.id, status: 'inProgress' }] })
    const { params } = await second.heard('item/commandExecution/requestApproval')
    second.answer(params.questionId, { decision: 'accept' })
    expect((await second.heard('turn/completed')).params.turn).toMatchObject({ id: turn.id, status: 'completed' })
    const read = (await second.call('thread/read', { threadId, includeTurns: true })).thread
    expect(read.turns).toMatchObject([
      {
        id: turn.id,
        items: [
          { type: 'userMessage' },
          { type: 'commandExecution', status: 'completed' },
          { text: 'you said "accept"' },
        ],
      },
    ])
    expect(second.threads.get(threadId).history.items.length).toBe(4)
  })
})

describe('threads: what was read', () => {
  it('lasts, and is changed only by who knows it', async () => {
    const first = open()
    const threadId = await first.start()
    const mark = (played: Played, type: string, expectedRevision: string) =>
      played.call('thread/readState/update', { threadId, operation: { type }, expectedRevision })
    await expect(mark(first, 'read', 'x')).rejects.toThrow('thread read state unavailable')
    const { id } = await first.turn(threadId, 'one')
    await first.turn(threadId, 'two')
    const { readState } = await first.call('thread/read', { threadId })
    expect(readState.firstUnread).toEqual({ type: 'turn', turnId: id })
    await expect(mark(first, 'read', 'x')).rejects.toThrow('read state changed')
    const read = (await mark(first, 'read', readState.revision)).readState
    expect(read.firstUnread).toBeNull()
    await first.close()
    const second = open({ home: first.home })
    expect((await second.call('thread/list', {})).readStates).toEqual({ [threadId]: read })
    expect((await mark(second, 'unread', read.revision)).readState.firstUnread).toEqual({ type: 'threadStart' })
  })
})
