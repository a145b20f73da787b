import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@towline/protocol'
import { tempFolder, verifies } from '@towline/testkit'
import { afterEach, expect, test } from 'vitest'
import { openTurn, outputFor, PlainEnvironment, text, type TurnOptions } from './agent.fixture.ts'
import {
  type Answer,
  calls,
  completed,
  customCall,
  eventText,
  type FakeModel,
  functionCall,
  openFakeModel,
  says,
  saying,
  stream,
  usage,
} from './model.fixture.ts'
import { type Agent, openAgent } from './open-agent.ts'
import { Teller } from './teller.ts'
import { DynamicTools } from './tools/dynamic-tools.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

interface Stage {
  readonly model: FakeModel
  readonly agent: Agent
  readonly cwd: string
  readonly allowed: (readonly string[])[]
  turn(over?: Partial<TurnOptions>): ReturnType<typeof openTurn>
}

const stage = async (script: Parameters<typeof openFakeModel>[0]): Promise<Stage> => {
  const model = await openFakeModel(script)
  const folder = tempFolder('agent')
  const allowed: (readonly string[])[] = []
  const agent = openAgent({
    env: { FAKE_KEY: 'sk-secret' },
    allow: (pattern) => {
      allowed.push(pattern)
      return Promise.resolve()
    },
  })
  closing.push(
    () => folder.remove(),
    () => model.close(),
    () => agent.close(),
  )
  return { model, agent, cwd: folder.path, allowed, turn: (over) => openTurn({ model, cwd: folder.path, ...over }) }
}

const later = <T>() => {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((done) => (resolve = done))
  return { promise, resolve }
}

const exec = (cmd: string, more: object = {}, callId = 'call_1') =>
  functionCall('exec_command', { cmd, ...more }, callId)

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
      command: 'until [ -e b ]; do :; done; echo one',
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

test('agent tools: a patch changes files, shows its diff and the diff of the turn', async () => {
  verifies('agent.tools', 'app.items')
  const patch =
    '*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+2\n*** Add File: d/b.txt\n+new\n*** End Patch'
  const { agent, cwd, turn } = await stage([calls(customCall('apply_patch', patch, 'p1'))])
  writeFileSync(join(cwd, 'a.txt'), 'one\ntwo\n')
  const { context, feed, items } = turn({ settings: { model: 'gpt-5.1' } })
  await agent.runTurn(context, text('go'))
  expect(outputFor(items, 'p1')).toBe(`Success. Updated the following files:\nM ${cwd}/a.txt\nA ${cwd}/d/b.txt`)
  expect(readFileSync(join(cwd, 'a.txt'), 'utf8')).toBe('one\n2\n')
  expect(feed.items('fileChange')).toMatchObject([
    {
      status: 'completed',
      changes: [
        { path: `${cwd}/a.txt`, kind: { type: 'update', move_path: null }, diff: '@@ -1,2 +1,2 @@\n one\n-two\n+2\n' },
        { path: `${cwd}/d/b.txt`, kind: { type: 'add' }, diff: 'new\n' },
      ],
    },
  ])
  expect(feed.of('turn/diff/updated')[0]?.['diff']).toContain(
    'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2',
  )
})

test('agent approvals: what was accepted for the session within the sandbox is asked again without it', async () => {
  const patch = (body: string) => `*** Begin Patch\n${body}\n*** End Patch`
  const environment = new PlainEnvironment()
  let stops = false
  const { write } = environment.files
  environment.files.write = async (path, bytes, sandbox) => {
    if (stops && sandbox !== null) throw new AppError('SANDBOX_REFUSED', { access: 'write', path })
    await write(path, bytes, sandbox)
    // Such as when a link takes the place of the file.
    stops = true
  }
  const { agent, cwd, turn } = await stage([
    calls(customCall('apply_patch', patch('*** Add File: a.txt\n+one'), 'p1')),
    calls(customCall('apply_patch', patch('*** Update File: a.txt\n-one\n+two'), 'p2')),
  ])
  const { context, feed } = turn({
    settings: { model: 'gpt-5.1', approvalPolicy: 'untrusted' },
    environments: [environment],
    answer: () => ({ decision: stops ? 'decline' : 'acceptForSession' }),
  })
  await agent.runTurn(context, text('go'))
  expect(feed.questions).toMatchObject([{}, { params: { reason: 'the sandbox refused it; write without sandbox?' } }])
  expect(readFileSync(join(cwd, 'a.txt'), 'utf8')).toBe('one\n')
})

test('agent tools: a patch written as a command is a patch', async () => {
  const cmd = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: x.txt\n+hi\n*** End Patch\nEOF"
  const { agent, cwd, turn } = await stage([calls(exec(cmd))])
  const { context, feed } = turn()
  await agent.runTurn(context, text('go'))
  expect(readFileSync(join(cwd, 'x.txt'), 'utf8')).toBe('hi\n')
  expect([feed.items('fileChange').length, feed.items('commandExecution').length]).toEqual([1, 0])
})

test.each([
  ['accept', 'completed', /hi\n$/],
  ['acceptForSession', 'completed', /hi\n$/],
  [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: ['touch', 'x'] } }, 'completed', /hi\n$/],
  ['decline', 'declined', /^rejected by user$/],
] as const)('agent approvals: %j makes a command %s', async (decision, status, output) => {
  verifies('app.approvals')
  const { agent, allowed, turn } = await stage([calls(exec('touch x; echo hi', {}, 'c1'))])
  const { context, feed, items } = turn({ settings: { approvalPolicy: 'untrusted' }, answer: () => ({ decision }) })
  expect((await agent.runTurn(context, text('go'))).status).toBe('completed')
  expect(feed.questions).toMatchObject([
    { method: 'item/commandExecution/requestApproval', params: { itemId: 'c1', environmentId: 'local' } },
  ])
  expect(feed.items('commandExecution')).toMatchObject([{ status }])
  expect(outputFor(items, 'c1')).toMatch(output)
  expect(allowed).toEqual(typeof decision === 'object' ? [['touch', 'x']] : [])
})

test('agent approvals: cancel ends the turn', async () => {
  verifies('app.approvals')
  const { agent, turn } = await stage([calls(exec('touch x', {}, 'c1'))])
  const { context, feed, items } = turn({
    settings: { approvalPolicy: 'untrusted' },
    answer: () => ({ decision: 'cancel' }),
  })
  expect((await agent.runTurn(context, text('go'))).status).toBe('interrupted')
  expect(feed.items('commandExecution')).toMatchObject([{ status: 'declined' }])
  expect(outputFor(items, 'c1')).toBe('aborted by user')
})

test('agent approvals: what was accepted for the session is not asked again', async () => {
  const { agent, turn } = await stage([calls(exec('touch x', {}, 'c1')), calls(exec('touch x', {}, 'c2'))])
  const { context, feed } = turn({
    settings: { approvalPolicy: 'untrusted' },
    answer: () => ({ decision: 'acceptForSession' }),
  })
  await agent.runTurn(context, text('go'))
  expect(feed.questions).toHaveLength(1)
})

test('agent approvals: a command that the sandbox stopped may run without it when a person says so', async () => {
  const environment = new PlainEnvironment()
  environment.play = ({ sandbox }, sink) => {
    if (sandbox === null) return undefined
    sink.output('stderr', new TextEncoder().encode('Permission denied\n'))
    sink.exited(1, true)
    return {
      processId: '1',
      write: () => Promise.resolve(),
      interrupt: () => Promise.resolve(),
      terminate: () => Promise.resolve(),
    }
  }
  const { agent, turn } = await stage([calls(exec('echo free', {}, 'c1'))])
  const { context, feed, items } = turn({ environments: [environment], answer: () => ({ decision: 'accept' }) })
  await agent.runTurn(context, text('go'))
  expect(feed.questions).toMatchObject([{ params: { reason: 'command failed; retry without sandbox?' } }])
  expect(outputFor(items, 'c1')).toMatch(/Output:\nfree\n$/)
  expect(environment.starts.map(({ sandbox }) => sandbox === null)).toEqual([false, true])
})

test('agent sandbox: where it cannot be enforced nothing runs and the turn fails with what to install', async () => {
  verifies('app.sandbox')
  const environment = new PlainEnvironment()
  environment.play = () => {
    throw new AppError('SANDBOX_MISSING', { problem: 'bubblewrap (bwrap) is not installed.' })
  }
  const { agent, turn } = await stage([calls(exec('echo hi', {}, 'c1'))])
  const { context, feed, items } = turn({ environments: [environment] })
  const { status, error } = await agent.runTurn(context, text('go'))
  expect(status).toBe('failed')
  expect(error).toMatchObject({ codexErrorInfo: 'sandboxError' })
  expect(error?.message).toMatch(/apt-get install bubblewrap/)
  expect(environment.starts).toHaveLength(1)
  expect(feed.items('commandExecution')).toMatchObject([{ status: 'failed' }])
  expect(outputFor(items, 'c1')).toMatch(/bubblewrap/)
})

test('agent tools: a terminal in the background is written to and heard of until it ends', async () => {
  verifies('agent.tools')
  const { agent, turn } = await stage([
    calls(exec('read line; echo got $line', { tty: true, yield_time_ms: 250 }, 'c1')),
    calls(functionCall('write_stdin', { session_id: 1001, chars: 'tea\n', yield_time_ms: 30_000 }, 'c2')),
    calls(functionCall('write_stdin', { session_id: 1001 }, 'c3')),
  ])
  const { context, feed, items } = turn()
  await agent.runTurn(context, text('go'))
  expect(outputFor(items, 'c2')).toMatch(/Process exited with code 0\n[\s\S]*got tea\n$/)
  expect(outputFor(items, 'c3')).toBe('there is no running command with the session ID 1001')
  expect(feed.of('item/commandExecution/terminalInteraction')).toMatchObject([
    { itemId: 'c1', processId: '1001', stdin: 'tea\n' },
  ])
  expect(feed.items('commandExecution')).toMatchObject([{ id: 'c1', status: 'completed' }])
})

test('agent tools: a turn without environments has no commands', async () => {
  const { agent, model, turn } = await stage([calls(exec('echo hi', {}, 'c1'))])
  const { context, items } = turn({ environments: [] })
  await agent.runTurn(context, text('go'))
  expect(model.asked[0]?.body.tools.map(({ name }) => name)).toEqual(['update_plan'])
  expect(outputFor(items, 'c1')).toBe('unsupported call: exec_command')
})

test('agent tools: plan and image', async () => {
  verifies('agent.tools')
  const { agent, cwd, turn } = await stage([
    calls(
      functionCall('update_plan', { plan: [{ step: 'Look', status: 'in_progress' }] }, 'c1'),
      functionCall('view_image', { path: 'a.png' }, 'c2'),
    ),
  ])
  writeFileSync(join(cwd, 'a.png'), Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'))
  const { context, feed, items } = turn()
  await agent.runTurn(context, text('go'))
  expect(feed.of('turn/plan/updated')).toMatchObject([{ plan: [{ step: 'Look', status: 'inProgress' }] }])
  expect(outputFor(items, 'c2')).toEqual([{ type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' }])
  expect(feed.items('imageView')).toEqual([{ type: 'imageView', id: 'c2', path: join(cwd, 'a.png') }])
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

test('agent tools: tools of clients are called through the feed', async () => {
  const script = [calls({ ...functionCall('read', { id: 1 }, 'c1'), namespace: 'tui' }, functionCall('read', {}, 'c2'))]
  const { agent, model, turn } = await stage(script)
  const made = turn({
    answer: () => ({ contentItems: [{ type: 'inputText', text: 'x'.repeat(100_000) }], success: true }),
  })
  const inner = { name: 'read', description: 'Reads.', inputSchema: { type: 'object' } }
  const tools = new DynamicTools(
    [{ type: 'namespace', name: 'tui', description: 'TUI.', tools: [inner] }],
    new Teller(made.context),
  )
  await agent.runTurn({ ...made.context, tools: [tools] }, text('go'))
  expect(model.asked[0]?.body.tools.at(-1)).toMatchObject({
    type: 'namespace',
    name: 'tui',
    tools: [{ type: 'function', name: 'read' }],
  })
  expect(made.feed.questions).toMatchObject([
    { method: 'item/tool/call', params: { namespace: 'tui', tool: 'read', arguments: { id: 1 } } },
  ])
  expect(made.feed.items('dynamicToolCall')).toMatchObject([{ id: 'c1', status: 'completed', success: true }])
  expect(JSON.stringify(outputFor(made.items, 'c1'))).toMatch(/tokens truncated/)
  expect(outputFor(made.items, 'c2')).toBe('unsupported call: read')
})

test('agent tools: tells which environment a command may run in', async () => {
  verifies('agent.environments')
  const [one, two] = [new PlainEnvironment('local'), new PlainEnvironment('edge')]
  const { agent, model, turn } = await stage([
    calls(exec('echo there', { environment_id: 'edge' }, 'c1'), exec('echo x', { environment_id: 'mars' }, 'c2')),
  ])
  const { context, items } = turn({ environments: [one, two] })
  await agent.runTurn(context, text('go'))
  expect(JSON.stringify(model.asked[0]?.body.tools)).toContain('"enum":["local","edge"]')
  expect(JSON.stringify(model.asked[0]?.body.input)).toContain('<environment id=')
  expect([one.starts.length, two.starts.length]).toEqual([0, 1])
  expect(outputFor(items, 'c2')).toBe('unknown environment_id mars')
})

test('agent approvals: where nobody may be asked a command that must be is refused', async () => {
  const { agent, turn } = await stage([calls(exec('id', { sandbox_permissions: 'require_escalated' }, 'c1'))])
  const { context, feed, items } = turn({ settings: { approvalPolicy: 'never' } })
  await agent.runTurn(context, text('go'))
  expect(feed.questions).toEqual([])
  expect(outputFor(items, 'c1')).toMatch(/^rejected: .*nobody may be asked/)
})

test('agent tools: input that makes no sense is told to the model', async () => {
  const { agent, turn } = await stage([
    calls(
      functionCall('exec_command', '{"cmd":', 'c1'),
      functionCall('exec_command', { cmd: 1 }, 'c2'),
      functionCall('nope', {}, 'c3'),
    ),
  ])
  const { context, items } = turn()
  await agent.runTurn(context, text('go'))
  expect(outputFor(items, 'c1')).toBe('failed to parse function arguments: they are not JSON.')
  expect(outputFor(items, 'c2')).toMatch(/^failed to parse function arguments: cmd: /)
  expect(outputFor(items, 'c3')).toBe('unsupported call: nope')
})

test('agent tools: a command whose machine is lost ends, and the model is told', async () => {
  const environment = new PlainEnvironment()
  environment.play = (_, sink) => {
    sink.output('stdout', new TextEncoder().encode('half'))
    sink.lost(new Error('gone'))
    return {
      processId: '1',
      write: () => Promise.resolve(),
      interrupt: () => Promise.resolve(),
      terminate: () => Promise.resolve(),
    }
  }
  const { agent, turn } = await stage([calls(exec('x', {}, 'c1'))])
  const { context, feed, items } = turn({ environments: [environment] })
  await agent.runTurn(context, text('go'))
  expect(outputFor(items, 'c1')).toMatch(/half\n\[the machine was lost/)
  expect(feed.items('commandExecution')).toMatchObject([{ status: 'failed', exitCode: null }])
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

test('agent tools: a command is run by the shell of its machine, as the model asks', async () => {
  const environment = new PlainEnvironment()
  const { agent, turn, cwd } = await stage([
    calls(exec('true', {}, 'c1'), exec('true', { login: false, workdir: 'sub' }, 'c2')),
  ])
  mkdirSync(join(cwd, 'sub'))
  const { context } = turn({ environments: [environment] })
  await agent.runTurn(context, text('go'))
  expect(environment.starts.map(({ argv, cwd: at }) => [argv[1], at])).toEqual([
    ['-lc', cwd],
    ['-c', join(cwd, 'sub')],
  ])
})
