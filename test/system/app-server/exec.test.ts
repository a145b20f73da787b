/** Proves `towline exec` against an app-server that the test plays: what it prints where, its events, and how it ends. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type Home, openHome, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStub, type Script, type Stub } from './stub.ts'

let home: Home
beforeAll(() => {
  home = openHome()
})
afterAll(() => home?.close())

const exec = (stub: Stub, ...words: readonly string[]) => home.run(['exec', ...words, '--remote', stub.url])
const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as { readonly type: string; readonly item?: { readonly type: string } })

const COMMAND = {
  ...{ type: 'commandExecution', id: 'c1', command: 'make test', cwd: '/srv/app', processId: null, source: 'agent' },
  ...{ commandActions: [], aggregatedOutput: null, exitCode: null, durationMs: null, status: 'inProgress' },
}
const APPROVAL = {
  itemId: 'c1',
  kind: 'command',
  command: 'make test',
  cwd: '/srv/app',
  reason: 'needs the network',
  environmentId: null,
  commandActions: [],
}

/** Asks, and does as it is told. */
const asking: Script = async ({ begin, end, ask, say }) => {
  begin(COMMAND)
  const { decision } = await ask('item/commandExecution/requestApproval', APPROVAL)
  end({ ...COMMAND, status: decision === 'accept' ? 'completed' : 'declined', exitCode: null })
  say(`It was: ${decision}`)
}

describe('exec: one turn', () => {
  it('prints the last message alone on standard output, and the rest beside it', async () => {
    verifies('agent.headless')
    await using stub = await openStub({
      script: ({ say, item }) => {
        say('I look first.')
        item({ ...COMMAND, status: 'completed', aggregatedOutput: 'all green\n', exitCode: 0 })
        say('All ', 'is well.')
      },
    })
    const { stdout, stderr, status } = await exec(stub, 'run the tests')
    expect([stdout, status]).toEqual(['All is well.\n', 0])
    expect(stderr).toContain('$ make test')
    expect(stderr).toContain('all green')
    expect(stub.heard.find(({ method }) => method === 'turn/start')?.params.input[0].text).toBe('run the tests')
    expect(stub.heard.find(({ method }) => method === 'thread/start')?.params).toEqual({ approvalPolicy: 'never' })
  })

  it('tells events as JSON lines', async () => {
    verifies('agent.headless')
    await using stub = await openStub({
      script: ({ say, item, tell }) => {
        item({ ...COMMAND, status: 'completed', aggregatedOutput: 'x\n', exitCode: 0 })
        tell('turn/plan/updated', { explanation: null, plan: [{ step: 'look', status: 'completed' }] })
        tell('thread/tokenUsage/updated', {
          tokenUsage: { last: { inputTokens: 5, cachedInputTokens: 1, outputTokens: 2 }, modelContextWindow: null },
        })
        say('done')
      },
    })
    const { stdout, status } = await exec(stub, 'go', '--json')
    const told = events(stdout)
    expect(status).toBe(0)
    expect(told.map(({ type, item }) => [type, ...(item ? [item.type] : [])].join(' '))).toEqual([
      'thread.started',
      'turn.started',
      'item.started command_execution',
      'item.completed command_execution',
      'item.started todo_list',
      'item.completed agent_message',
      'turn.completed',
    ])
    expect(told.at(-1)).toEqual({
      type: 'turn.completed',
      usage: { input_tokens: 5, cached_input_tokens: 1, output_tokens: 2 },
    })
    expect(told[3]?.item).toMatchObject({
      command: 'make test',
      aggregated_output: 'x\n',
      exit_code: 0,
      status: 'completed',
    })
  })

  it('declines what it is asked, and says so', async () => {
    verifies('agent.headless')
    await using stub = await openStub({ script: asking })
    const { stdout, stderr, status } = await exec(stub, 'go', '--approve', 'on-request')
    expect([stdout, status]).toEqual(['It was: decline\n', 0])
    expect(stderr).toContain('declined, as nobody is here to ask: Why: needs the network $ make test in /srv/app')
  })

  it('ends with 1 when the turn failed, and tells a code', async () => {
    verifies('agent.headless')
    const script: Script = () => {
      throw new Error('the model is away')
    }
    await using stub = await openStub({ script })
    const plain = await exec(stub, 'go')
    expect([plain.status, plain.stdout]).toEqual([1, ''])
    expect(plain.stderr).toContain('error TURN_FAILED: The turn failed: the model is away\nnext: ')
    const json = await exec(stub, 'go', '--json')
    expect([json.status, events(json.stdout).at(-1)]).toEqual([
      1,
      { type: 'turn.failed', error: { code: 'other', message: 'the model is away' } },
    ])
  })

  it('reads the prompt from standard input, takes a schema, and writes the last message', async () => {
    verifies('agent.headless')
    await using stub = await openStub({ script: ({ say }) => say('{"said":"from a pipe"}') })
    const at = (name: string): string => join(home.folder.path, name)
    writeFileSync(at('schema.json'), '{"type":"object"}')
    const words = [
      'exec',
      '-',
      '--remote',
      stub.url,
      '--output-schema',
      at('schema.json'),
      '--last-message',
      at('last'),
    ]
    const { stdout, status } = await home.run(words, { input: 'from a pipe\n' })
    expect([status, stdout]).toEqual([0, '{"said":"from a pipe"}\n'])
    expect(readFileSync(at('last'), 'utf8')).toBe('{"said":"from a pipe"}')
    expect(stub.heard.find(({ method }) => method === 'turn/start')?.params.outputSchema).toEqual({ type: 'object' })
  })

  it.each([
    ['no JSON at all', 'it is not JSON.'],
    ['{"done":"yes"}', 'done: '],
  ])('does not call it success when the last message is of another shape: %s', async (said, problem) => {
    verifies('agent.headless')
    await using stub = await openStub({ script: ({ say }) => say(said) })
    const schema = join(home.folder.path, 'done.json')
    writeFileSync(schema, '{"type":"object","properties":{"done":{"type":"boolean"}},"required":["done"]}')
    const { stdout, stderr, status } = await exec(stub, 'go', '--output-schema', schema)
    expect([stdout, status]).toEqual([`${said}\n`, 1])
    expect(stderr).toContain(`error ANSWER_SHAPELESS: The last message does not keep to the schema: ${problem}`)
  })

  it('begins no turn whose last message it could not keep', async () => {
    verifies('agent.headless')
    await using stub = await openStub()
    const file = join(home.folder.path, 'no', 'last')
    const { stderr, status } = await exec(stub, 'go', '--last-message', file)
    expect([stderr, status]).toEqual([expect.stringContaining('there is no such file or folder.'), 2])
    expect(stub.heard).toEqual([])
  })

  it('goes on with a thread, by its id and as the last one', async () => {
    verifies('agent.headless')
    await using stub = await openStub()
    await exec(stub, 'one')
    const id = (await stub.said('turn/start')).params.threadId as string
    expect((await exec(stub, 'resume', id, 'two')).stdout).toBe('You said: two\n')
    expect((await exec(stub, 'resume', '--last', 'three')).stdout).toBe('You said: three\n')
    await using empty = await openStub()
    const none = await exec(empty, 'resume', '--last', '--all', 'four')
    expect([none.status, none.stderr]).toEqual([
      3,
      expect.stringMatching(/no thread to go on with on the server\.[^]*towline exec/),
    ])
    expect(stub.heard.filter(({ method }) => method === 'turn/start').map(({ params }) => params.threadId)).toEqual([
      id,
      id,
      id,
    ])
    const unknown = await exec(stub, 'resume', '00000000-0000-7000-8000-000000000000', 'x')
    expect([unknown.status, unknown.stderr]).toEqual([4, expect.stringContaining('no rollout found for thread id')])
  })

  it('interrupts the turn on SIGINT, and ends with 130', async () => {
    verifies('agent.headless')
    await using stub = await openStub({
      script: ({ interrupted }) => new Promise((done) => interrupted.addEventListener('abort', () => done())),
    })
    const program = home.start(['exec', 'go', '--remote', stub.url])
    await stub.said('turn/start')
    program.kill('SIGINT')
    expect((await program.ended()).status).toBe(130)
    expect(stub.heard.some(({ method }) => method === 'turn/interrupt')).toBe(true)
  })

  it.each([true, false])('goes on when the connection breaks in the middle (numbered: %s)', async (replays) => {
    verifies('agent.headless')
    verifies('tui.reconnect')
    let go = (): void => {}
    await using stub = await openStub({
      replays,
      script: async ({ say, item }) => {
        say('before')
        await new Promise<void>((done) => {
          go = done
        })
        item({ ...COMMAND, status: 'completed', aggregatedOutput: 'in between\n', exitCode: 0 })
        say('after')
      },
    })
    const program = home.start(['exec', 'go', '--json', '--remote', stub.url])
    await eventually('the first message', () => program.stdout().includes('before') || undefined)
    const back = stub.cut(true)
    go()
    await new Promise(setImmediate)
    back()
    const { status, stdout } = await program.ended()
    expect(status).toBe(0)
    const told = events(stdout)
    expect(told.filter(({ type }) => type === 'item.completed').map(({ item }) => item?.type)).toEqual([
      'agent_message',
      'command_execution',
      'agent_message',
    ])
  })
})

describe('exec: refusals', () => {
  it.each([
    [['exec'], 2, 'USAGE', 'The prompt is empty.'],
    [['exec', 'x', '--remote', 'http://x'], 2, 'APP_ADDRESS_INVALID', 'Write ws://host:port'],
    [['exec', 'x', '--remote-auth-token-env', 'T'], 2, 'USAGE', '--remote-auth-token-env belongs to --remote.'],
    [['exec', 'x', '--remote', 'ws://10.0.0.1:1', '--remote-auth-token-env', 'T'], 2, 'REMOTE_TOKEN_UNSAFE', ''],
    [['exec', 'x', '--remote', 'wss://127.0.0.1:1', '--remote-auth-token-env', 'T'], 2, 'REMOTE_TOKEN_UNSET', ''],
    [['exec', 'resume', '--remote', 'ws://127.0.0.1:1'], 2, 'USAGE', 'Say which thread'],
    [['exec', 'x', '--output-schema', '/nowhere'], 2, 'OPTION_INVALID', 'there is no such file or folder'],
    [['exec', 'x', '--remote', 'ws://127.0.0.1:1'], 6, 'APP_SERVER_UNREACHABLE', 'ECONNREFUSED'],
  ])('%j ends with %i', async (words, expected, code, problem) => {
    verifies('agent.headless')
    const { status, stderr, stdout } = await home.run(words, { input: '' })
    expect([status, stdout]).toEqual([expected, ''])
    expect(stderr).toContain(code)
    expect(stderr).toContain(problem)
  })

  it('sends the token of the variable, and tells when it is not let in', async () => {
    verifies('tui.token')
    await using stub = await openStub({ token: 'right' })
    const words = ['exec', 'x', '--remote', stub.url, '--remote-auth-token-env', 'TOKEN']
    const wrong = await home.run(words, { env: { TOKEN: 'wrong-secret' } })
    expect(wrong.status).toBe(4)
    expect(wrong.stderr).toContain('HTTP error: 401 Unauthorized')
    expect(wrong.stderr).not.toContain('wrong-secret')
    expect((await home.run(words, { env: { TOKEN: 'right' } })).status).toBe(0)
    expect(stub.tokens).toEqual(['Bearer right'])
  })
})
