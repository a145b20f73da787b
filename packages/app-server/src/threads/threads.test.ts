/** Proves the life of threads and turns: what is refused and with what words, what is told in which order, and that nothing is lost. */
import { appendFileSync, readFileSync } from 'node:fs'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { closePlayed, hear, openPlayed as open, type Played, say, textInput, type Told } from './threads.fixture.ts'

afterEach(closePlayed)

const NOBODY = '01a215f4-2c61-72d0-bed5-000000000000'
const methodsOf = (played: Played): readonly string[] => played.told.map(({ method }) => method)

describe('threads: refuse', () => {
  it.each([
    ['turn/start', { threadId: NOBODY, input: [] }, `thread not found: ${NOBODY}`],
    ['thread/read', { threadId: NOBODY }, `thread not loaded: ${NOBODY}`],
    ['thread/resume', { threadId: NOBODY }, `no rollout found for thread id ${NOBODY}`],
    ['thread/fork', { threadId: NOBODY }, `no rollout found for thread id ${NOBODY}`],
    ['thread/archive', { threadId: NOBODY }, `no rollout found for thread id ${NOBODY}`],
    ['thread/unarchive', { threadId: NOBODY }, `no archived rollout found for thread id ${NOBODY}`],
    ['thread/delete', { threadId: NOBODY }, `no rollout found for thread id ${NOBODY}`],
    ['thread/name/set', { threadId: NOBODY, name: 'x' }, `no rollout found for thread id ${NOBODY}`],
    ['thread/turns/list', { threadId: NOBODY }, `thread not loaded: ${NOBODY}`],
    ['thread/resume', { threadId: 'nope' }, /^invalid session id: invalid character.*found `n` at 1$/],
    ['thread/list', { cursor: 'zzz' }, 'invalid cursor: zzz'],
    ['thread/start', { environments: [{ environmentId: 'x' }] }, 'unknown turn environment id `x`'],
    ['thread/start', { permissions: 'x' }, 'unknown permission profile `x`'],
  ])('%s %j', async (method, params, words) => {
    await expect(open().call(method, params)).rejects.toThrow(words)
  })

  it('a turn to steer or interrupt that is not there, or another', async () => {
    const played = open()
    const threadId = await played.start()
    await expect(played.call('turn/steer', { threadId, input: [], expectedTurnId: 'x' })).rejects.toThrow(
      'no active turn to steer',
    )
    await expect(played.call('turn/interrupt', { threadId, turnId: 'x' })).rejects.toThrow(
      'no active turn to interrupt',
    )
    played.scripts.push(async ({ signal }) => {
      await new Promise((done) => signal.addEventListener('abort', done))
      return { status: 'interrupted', error: null }
    })
    const { turn } = await played.call('turn/start', { threadId, input: textInput('wait') })
    const steer = { threadId, input: textInput('x'), expectedTurnId: 'x' }
    await expect(played.call('turn/steer', steer)).rejects.toThrow(
      `expected active turn id \`x\` but found \`${turn.id}\``,
    )
    await expect(played.call('turn/interrupt', { threadId, turnId: 'x' })).rejects.toThrow(
      `expected active turn id x but found ${turn.id}`,
    )
    await expect(played.call('turn/steer', { ...steer, input: [], expectedTurnId: turn.id })).rejects.toThrow(
      'input must not be empty',
    )
    await played.heard('turn/started')
    await played.call('turn/interrupt', { threadId, turnId: turn.id })
    expect((await played.heard('turn/completed')).params.turn.status).toBe('interrupted')
  })

  it('turns of a thread that has none yet', async () => {
    const played = open()
    const threadId = await played.start()
    await expect(played.call('thread/turns/list', { threadId })).rejects.toThrow(
      `thread ${threadId} is not materialized yet; thread/turns/list is unavailable before first user message`,
    )
    await expect(played.call('thread/read', { threadId, includeTurns: true })).rejects.toThrow(
      'includeTurns is unavailable',
    )
    const ephemeral = await played.start({ ephemeral: true })
    await expect(played.call('thread/turns/list', { threadId: ephemeral })).rejects.toThrow(
      'ephemeral threads do not support thread/turns/list',
    )
  })

  it('input that is too long', async () => {
    const played = open()
    const input = textInput('x'.repeat(1024 * 1024 + 1))
    await expect(played.call('turn/start', { threadId: await played.start(), input })).rejects.toThrow(
      'Input exceeds the maximum length',
    )
  })
})

describe('threads: a turn', () => {
  it('is told in the order of stock, and answered at once', async () => {
    verifies('app.turn')
    const played = open()
    const threadId = await played.start()
    const { turn } = await played.call('turn/start', {
      threadId,
      input: textInput('hello'),
      clientUserMessageId: 'mine',
    })
    expect(turn).toMatchObject({ status: 'inProgress', items: [], itemsView: 'notLoaded' })
    const { params } = await played.heard('turn/completed')
    expect(params.turn).toMatchObject({
      id: turn.id,
      status: 'completed',
      itemsView: 'summary',
      items: [{ text: 'Echo: hello' }],
    })
    expect(methodsOf(played)).toEqual([
      'thread/started',
      'thread/status/changed',
      'turn/started',
      'item/started',
      'item/completed',
      'item/started',
      'item/agentMessage/delta',
      'item/completed',
      'thread/readState/changed',
      'thread/status/changed',
      'turn/completed',
    ])
    expect(played.told[3]?.params.item).toMatchObject({ type: 'userMessage', clientId: 'mine' })
  })

  it('changes settings for those after it, but the schema of its answer', async () => {
    const played = open()
    const threadId = await played.start()
    const seen: unknown[] = []
    const look: Played['scripts'][number] = async ({ settings }) => {
      const { model, effort, cwd, sandboxPolicy, environments, outputSchema } = settings
      seen.push({
        model,
        effort,
        cwd,
        sandbox: sandboxPolicy.type,
        at: environments.map(({ environmentId }) => environmentId),
        outputSchema,
      })
      return undefined
    }
    played.scripts.push(look, look)
    const change = { model: 'larger', effort: 'high', cwd: '/srv/other', sandboxPolicy: { type: 'dangerFullAccess' } }
    await played.turn(threadId, 'one', {
      ...change,
      environments: [{ environmentId: 'lab', cwd: '/lab' }],
      outputSchema: { type: 'object' },
    })
    await played.turn(threadId, 'two')
    const stays = { model: 'larger', effort: 'high', cwd: '/lab', sandbox: 'dangerFullAccess', at: ['lab'] }
    expect(seen).toEqual([
      { ...stays, outputSchema: { type: 'object' } },
      { ...stays, outputSchema: null },
    ])
  })

  it('takes what is said while it runs, also after the agent last looked', async () => {
    const played = open()
    const threadId = await played.start()
    played.scripts.push(async (context, input) => {
      hear(context, input)
      await played.call('turn/start', { threadId, input: textInput('and') })
      for (const said of context.takeSteered()) say(context, `heard ${hear(context, said.input)}`)
      await played.call('turn/steer', { threadId, input: textInput('late'), expectedTurnId: context.turnId })
      return undefined
    })
    const turn = await played.turn(threadId, 'first')
    expect(turn.items).toMatchObject([{ text: 'Echo: late' }])
    const { data } = await played.call('thread/items/list', { threadId })
    expect(data.map(({ turnId, item }: Told) => [turnId === turn.id, item.text ?? item.content[0].text])).toEqual([
      ...[
        [true, 'first'],
        [true, 'and'],
        [true, 'heard and'],
        [true, 'late'],
        [true, 'Echo: late'],
      ],
    ])
  })

  it('that is interrupted before the agent begins leaves what was said for the next one', async () => {
    const played = open()
    const threadId = await played.start()
    const { turn } = await played.call('turn/start', { threadId, input: textInput('unheard') })
    await played.call('turn/interrupt', { threadId, turnId: turn.id })
    const ended = await played.heard('turn/completed')
    expect(ended.params.turn.status).toBe('interrupted')
    played.scripts.push(async (context) => {
      say(context, JSON.stringify(context.history.items.map(({ content }) => (content as Told)[0].text)))
      return undefined
    })
    expect((await played.turn(threadId, 'next')).items).toMatchObject([{ text: expect.stringMatching(/^."unheard",/) }])
  })

  it('that breaks is failed, with what to look for', async () => {
    const played = open()
    const threadId = await played.start()
    played.scripts.push(() => Promise.reject(new Error('a bug')))
    const turn = await played.turn(threadId, 'x')
    expect(turn).toMatchObject({ status: 'failed', error: { additionalDetails: 'INTERNAL' } })
    expect((await played.turn(threadId, 'y')).status).toBe('completed')
  })

  it('of an ephemeral thread leaves no file', async () => {
    const played = open()
    const threadId = await played.start({ ephemeral: true })
    await played.turn(threadId, 'x')
    expect((await played.call('thread/list', { sourceKinds: ['cli', 'vscode', 'exec'] })).data).toEqual([])
    const { thread } = await played.call('thread/read', { threadId, includeTurns: true })
    expect([thread.ephemeral, thread.path, thread.turns.length]).toEqual([true, null, 1])
  })

  it('fails with a clear error when the disk is full, and the thread goes on when it is not any more', async () => {
    verifies('app.rollout')
    let full = false
    const played = open({
      disk: {
        write: (fd, bytes) => {
          if (!full) return (appendFileSync(fd, bytes), bytes.length)
          // Half of it fits.
          appendFileSync(fd, bytes.subarray(0, bytes.length / 2))
          throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        },
        sync: () => Promise.resolve(),
      },
    })
    const threadId = await played.start()
    await played.turn(threadId, 'one')
    const { path } = (await played.call('thread/read', { threadId })).thread
    const before = readFileSync(path, 'utf8')
    played.scripts.push(async (context, input) => {
      hear(context, input)
      full = true
      say(context, 'lost')
      return undefined
    })
    const turn = await played.turn(threadId, 'two')
    expect(turn).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('the disk is full'), additionalDetails: 'THREAD_UNWRITABLE' },
    })
    const after = readFileSync(path, 'utf8')
    expect(after.startsWith(before) && after.endsWith('\n')).toBe(true)
    full = false
    expect((await played.turn(threadId, 'three')).status).toBe('completed')
    const { thread } = await played.call('thread/read', { threadId, includeTurns: true })
    expect(thread.turns.map(({ status }: Told) => status)).toEqual(['completed', 'interrupted', 'completed'])
    expect(JSON.stringify(played.threads.get(threadId).history.items)).not.toContain('lost')
  })
})
