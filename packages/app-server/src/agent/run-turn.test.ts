/** Proves the loop of a turn: what is asked of a model, what is told of its answers, and how a turn ends or goes on. */
import { verifies } from '@towline/testkit'
import { afterEach, expect, test } from 'vitest'
import { outputFor, PlainEnvironment, text } from './agent.fixture.ts'
import { type Answer, calls, completed, eventText, functionCall, says, saying, stream, usage } from './model.fixture.ts'
import { endStages, exec, later, stage } from './stage.fixture.ts'

afterEach(endStages)

test('agent loop: streams an answer to clients and keeps it for the next request', async () => {
  verifies('agent.loop')
  const { agent, model, turn } = await stage([says('Hel', 'lo')])
  const { context, feed, items } = turn()
  expect(await agent.runTurn(context, text('Hi'))).toEqual({ status: 'completed', error: null })
  expect(feed.of('item/agentMessage/delta').map(({ delta, itemId }) => [itemId, delta])).toEqual([
    ['msg_1', 'Hel'],
    ['msg_1', 'lo'],
  ])
  expect(feed.items('agentMessage')).toEqual([{ type: 'agentMessage', id: 'msg_1', text: 'Hello', phase: null }])
  expect(items.at(-1)).toMatchObject({ type: 'message', role: 'assistant' })
  expect(feed.of('thread/tokenUsage/updated')[0]?.['tokenUsage']).toMatchObject({
    last: { totalTokens: 15, cachedInputTokens: 2, reasoningOutputTokens: 1 },
    total: { totalTokens: 15 },
  })
  const { body, headers } = model.asked[0] ?? {}
  expect(body).toMatchObject({
    stream: true,
    store: false,
    prompt_cache_key: 'thread-1',
    include: ['reasoning.encrypted_content'],
  })
  expect(headers).toMatchObject({ 'session-id': 'thread-1' })
  expect(headers).not.toHaveProperty('authorization')
})

test('agent loop: runs calls of one answer beside each other and answers them in their order', async () => {
  verifies('agent.loop', 'agent.tools')
  const { agent, cwd, model, turn } = await stage([
    calls(exec('until [ -e b ]; do :; done; echo one', {}, 'c1'), exec('touch b; echo two', {}, 'c2')),
    says('Done.'),
  ])
  const { context, feed, items } = turn()
  expect((await agent.runTurn(context, text('go'))).status).toBe('completed')
  const outputs = items.filter(({ type }) => type === 'function_call_output')
  expect(outputs.map((item) => item['call_id'])).toEqual(['c1', 'c2'])
  expect(outputFor(items, 'c1')).toMatch(/Process exited with code 0\n[\s\S]*Output:\none\n$/)
  expect(feed.items('commandExecution').find(({ id }) => id === 'c1')).toMatchObject({
    ...{
      command: "/bin/bash -lc 'until [ -e b ]; do :; done; echo one'",
      cwd,
      status: 'completed',
      exitCode: 0,
      aggregatedOutput: 'one\n',
    },
  })
  expect(feed.of('item/commandExecution/outputDelta').map(({ delta }) => delta)).toContain('one\n')
  expect(model.asked).toHaveLength(2)
})

test('agent loop: hears what a person adds between two answers', async () => {
  verifies('app.turn')
  const { agent, model, turn } = await stage([says('First.'), says('Second.')])
  const steered = [[], [{ input: text('and more'), clientId: 'mine' }]]
  const { context } = turn({ takeSteered: () => steered.shift() ?? [] })
  await agent.runTurn(context, text('go'))
  expect(model.asked).toHaveLength(2)
  expect(model.asked[1]?.body.input.at(-1)).toMatchObject({ role: 'user', content: [{ text: 'and more' }] })
})

test('agent loop: an interrupt ends running commands, keeps terminals, and answers each call', async () => {
  verifies('app.turn', 'agent.tools')
  const { agent, turn } = await stage([
    calls(exec('echo ready; exec sleep 1000', { yield_time_ms: 250 }, 'c1')),
    calls(
      exec('echo on; exec sleep 1000', { yield_time_ms: 30_000 }, 'c2'),
      functionCall('update_plan', { plan: [] }, 'c3'),
    ),
  ])
  const { context, feed, items, interrupt } = turn()
  const outcome = agent.runTurn(context, text('go'))
  await feed.until(({ told }) => told.some(({ params }) => params['delta'] === 'on\n'))
  interrupt()
  expect(await outcome).toEqual({ status: 'interrupted', error: null })
  expect(outputFor(items, 'c1')).toMatch(/Process running with session ID 1001\n/)
  expect([outputFor(items, 'c2'), outputFor(items, 'c3')]).toEqual(['aborted by user', 'aborted by user'])
  expect(feed.items('commandExecution')).toMatchObject([{ id: 'c2', status: 'failed' }])
  expect(agent.terminals('thread-1')).toMatchObject([{ processId: '1001', itemId: 'c1' }])
  await agent.endTerminals('thread-1')
  await feed.until(() => feed.items('commandExecution').length === 2)
})

test('agent loop: an interrupt in the middle of an answer closes what was seen of it', async () => {
  const { agent, turn } = await stage([
    (response) => {
      stream(response).write(saying(['half']).slice(0, 2).map(eventText).join(''))
    },
  ])
  const { context, feed, interrupt } = turn()
  const outcome = agent.runTurn(context, text('go'))
  await feed.until(({ told }) => told.some(({ method }) => method === 'item/agentMessage/delta'))
  interrupt()
  expect((await outcome).status).toBe('interrupted')
  expect(feed.items('agentMessage')).toMatchObject([{ text: 'half' }])
})

test('agent loop: an interrupt before the model is asked leaves what the person said in the history', async () => {
  const { agent, model, turn } = await stage([])
  const environment = new PlainEnvironment()
  const asked = later<void>()
  environment.info = () => {
    asked.resolve()
    return new Promise(() => undefined)
  }
  const { context, items, interrupt } = turn({ environments: [environment] })
  const ran = agent.runTurn(context, text('unheard'))
  await asked.promise
  interrupt()
  expect((await ran).status).toBe('interrupted')
  expect([items.map(({ content }) => content), model.asked.length]).toEqual([
    [[{ type: 'input_text', text: 'unheard' }]],
    0,
  ])
})

test('agent loop: keeps a schema for the last message', async () => {
  const { agent, model, turn } = await stage([says('{}')])
  const schema = { type: 'object', properties: {}, additionalProperties: false }
  const { context } = turn({ settings: { outputSchema: schema } })
  await agent.runTurn(context, text('go'))
  expect(model.asked[0]?.body['text']).toEqual({
    format: { type: 'json_schema', name: 'final_answer', schema, strict: true },
  })
})

test('agent loop: compacts a history that fills the window, and keeps what the person said', async () => {
  verifies('agent.loop')
  const { agent, model, turn } = await stage([
    [...calls(functionCall('update_plan', { plan: [] }, 'c1')).slice(0, -1), completed(usage(95, 1))],
    says('They want tea.'),
    says('Tea.'),
  ])
  const { context, feed, items, summaries } = turn({ config: { modelContextWindow: 100 } })
  expect((await agent.runTurn(context, text('Make tea'))).status).toBe('completed')
  expect(summaries).toEqual(['They want tea.'])
  expect(feed.items('contextCompaction')).toHaveLength(1)
  expect(items.map((item) => item['role'])).toEqual(['developer', 'user', 'user', 'user', 'assistant'])
  expect(JSON.stringify(model.asked[2]?.body.input)).toContain('Make tea')
  expect(model.asked[1]?.body.tools).toEqual([])
})

test('agent loop: compacts once when the window is exceeded, then fails', async () => {
  const exceeded: Answer = [
    { type: 'response.failed', response: { error: { code: 'context_length_exceeded', message: 'Too long.' } } },
  ]
  const { agent, turn } = await stage([exceeded, says('Short.'), exceeded])
  const { context } = turn()
  expect(await agent.runTurn(context, text('x'))).toEqual({
    status: 'failed',
    error: { message: 'Too long.', codexErrorInfo: 'contextWindowExceeded', additionalDetails: null },
  })
})

test('agent loop: tells where it works anew only when that changed', async () => {
  const { agent, turn } = await stage([says('a'), says('b')])
  const first = turn({ config: { instructions: [{ path: '/x/AGENTS.md', text: 'Use tabs.' }] } })
  await agent.runTurn(first.context, text('1'))
  expect(JSON.stringify(first.items)).toContain('Use tabs.')
  const instructions = [{ path: '/x/AGENTS.md', text: 'Use tabs.' }]
  const second = turn({ history: first.items, settings: { approvalPolicy: 'never' }, config: { instructions } })
  const before = second.items.length
  await agent.runTurn(second.context, text('2'))
  const added = second.items.slice(before).map((item) => JSON.stringify(item))
  expect(added.filter((item) => item.includes('<environment_context>'))).toHaveLength(1)
  expect(added.filter((item) => item.includes('Use tabs.'))).toHaveLength(0)
})

test('agent loop: a turn that the end of the server cut off asks again, and runs nothing twice', async () => {
  verifies('app.approvals')
  const { agent, model, turn } = await stage([says('Done.')])
  const history = [
    exec('touch asked; echo ok', { sandbox_permissions: 'require_escalated' }, 'c1'),
    exec('touch ran', {}, 'c2'),
  ]
  const environment = new PlainEnvironment()
  const { context, feed, items } = turn({
    history,
    environments: [environment],
    answer: () => ({ decision: 'accept' }),
  })
  expect((await agent.runTurn(context, [])).status).toBe('completed')
  expect(feed.questions).toMatchObject([{ params: { itemId: 'c1' } }])
  expect(environment.starts).toHaveLength(1)
  expect(outputFor(items, 'c1')).toMatch(/ok\n$/)
  expect(outputFor(items, 'c2')).toMatch(/^aborted: the server ended/)
  expect(model.asked).toHaveLength(1)
})

test('agent loop: a failed request is tried again, and clients are told', async () => {
  verifies('agent.loop')
  const fails: Answer = (response) => void response.writeHead(503).end()
  const { agent, model, turn } = await stage([fails, says('Back.')])
  const { context, feed } = turn({ settings: { provider: model.provider({ requestMaxRetries: 1 }) } })
  expect((await agent.runTurn(context, text('go'))).status).toBe('completed')
  expect(feed.of('error')).toMatchObject([
    { willRetry: true, error: { message: 'Reconnecting... 1/1', codexErrorInfo: 'serverOverloaded' } },
  ])
})

test('agent loop: a turn fails with what the endpoint said when no try helped', async () => {
  const fails: Answer = (response) => void response.writeHead(500).end('<html>oops')
  const { agent, model, turn } = await stage([fails, fails])
  const { context } = turn({ settings: { provider: model.provider({ requestMaxRetries: 1 }) } })
  expect(await agent.runTurn(context, text('go'))).toEqual({
    status: 'failed',
    error: {
      message: 'The model endpoint answered with HTTP 500: it says nothing more. (tried 2 times)',
      codexErrorInfo: { responseTooManyFailedAttempts: { httpStatusCode: 500 } },
      additionalDetails: '500 <html>oops',
    },
  })
})

test('agent loop: an answer that breaks off after a call goes on with the call', async () => {
  const broken: Answer = (response) => {
    stream(response).write(
      calls(functionCall('update_plan', { plan: [] }, 'c1'))
        .slice(0, 2)
        .map(eventText)
        .join(''),
      () => response.destroy(),
    )
  }
  const { agent, turn } = await stage([broken, says('Done.')])
  const { context, feed, items } = turn()
  expect((await agent.runTurn(context, text('go'))).status).toBe('completed')
  expect(outputFor(items, 'c1')).toBe('Plan updated')
  expect(feed.of('error')).toMatchObject([{ willRetry: true }])
})

test('agent loop: compaction on demand makes room, and the next turn does not do it again', async () => {
  const { agent, model, turn } = await stage([says('Short.'), says('Hi.')])
  const usageBefore = {
    totalTokens: 95,
    inputTokens: 95,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 0,
    reasoningOutputTokens: 0,
  }
  const first = turn({ config: { modelContextWindow: 10_000 } })
  const full = {
    ...first.context,
    usage: { total: usageBefore, last: { ...usageBefore, totalTokens: 9900 }, modelContextWindow: 10_000 },
  }
  expect(await agent.compactTurn(full)).toEqual({ status: 'completed', error: null })
  expect(first.feed.of('thread/compacted')).toHaveLength(1)
  const second = turn({ history: first.items, config: { modelContextWindow: 10_000 } })
  await agent.runTurn(second.context, text('go'))
  expect(second.feed.of('thread/compacted')).toEqual([])
  expect(model.asked).toHaveLength(2)
})

test('agent loop: an interrupt does not wait for a machine that does not answer, and ends what starts there late', async () => {
  verifies('app.turn')
  const environment = new PlainEnvironment()
  const [start, reached] = [later<never>(), later<void>()]
  let ended = 0
  const late = {
    ...{ processId: '1', write: () => Promise.resolve(), interrupt: () => Promise.resolve() },
    terminate: () => Promise.resolve(void (ended += 1)),
  }
  environment.start = () => {
    reached.resolve(undefined)
    return start.promise
  }
  const { agent, turn } = await stage([calls(exec('x', {}, 'c1'))])
  const { context, feed, items, interrupt } = turn({ environments: [environment] })
  const outcome = agent.runTurn(context, text('go'))
  await reached.promise
  interrupt()
  expect((await outcome).status).toBe('interrupted')
  expect(feed.items('commandExecution')).toMatchObject([{ status: 'failed' }])
  expect(outputFor(items, 'c1')).toBe('aborted by user')
  start.resolve(late as never)
  await start.promise
  await Promise.resolve()
  expect(ended).toBe(1)
})
