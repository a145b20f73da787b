/** Proves the tools of a turn: commands, terminals, patches, pictures, and what clients bring. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit'
import { afterEach, expect, test } from 'vitest'
import { outputFor, PlainEnvironment, text } from './agent.fixture.ts'
import { calls, customCall, functionCall } from './model.fixture.ts'
import { endStages, exec, stage } from './stage.fixture.ts'
import { Teller } from './teller.ts'
import { DynamicTools } from './tools/dynamic-tools.ts'

afterEach(endStages)

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

test('agent tools: a patch written as a command is a patch', async () => {
  const cmd = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: x.txt\n+hi\n*** End Patch\nEOF"
  const { agent, cwd, turn } = await stage([calls(exec(cmd))])
  const { context, feed } = turn()
  await agent.runTurn(context, text('go'))
  expect(readFileSync(join(cwd, 'x.txt'), 'utf8')).toBe('hi\n')
  expect([feed.items('fileChange').length, feed.items('commandExecution').length]).toEqual([1, 0])
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
