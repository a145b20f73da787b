/** Proves that commands of an agent stay in the sandbox of their thread, on a real machine, and what a person can let out. */
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Program, start, tempFolder, towline, verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  calls,
  type FakeModel,
  functionCall,
  openFakeModel,
  says,
} from '../../../packages/app-server/src/agent/model.fixture.ts'
import { type Client, HELLO, onStdio, type Told } from './served.ts'

let folder: ReturnType<typeof tempFolder>
let program: Program | undefined
let model: FakeModel
let commands: string[]
let root: string
let work: string

beforeEach(async () => {
  folder = tempFolder('agent-sandbox')
  root = realpathSync(folder.path)
  work = join(root, 'work')
  mkdirSync(work)
  commands = []
  model = await openFakeModel(() => {
    const cmd = commands.shift()
    return cmd === undefined ? says('Done.') : calls(functionCall('exec_command', { cmd }, `call_${commands.length}`))
  })
})
afterEach(async () => {
  await program?.stop()
  await model.close()
  folder.remove()
})

const settings = (url: string): string =>
  `model = "scripted"\nmodel_provider = "fake"\n[model_providers.fake]\nname = "fake"\nbase_url = "${url}"\nwire_api = "responses"\n` +
  // This test's own folders lie there.
  '[sandbox_workspace_write]\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true\n'

/** `path`: where the server finds programs. */
const open = async (path = '/usr/bin:/bin'): Promise<Client> => {
  const home = join(root, 'home')
  mkdirSync(home)
  writeFileSync(join(home, 'config.toml'), settings(model.url))
  const env = { PATH: path, HOME: root, TOWLINE_HOME: join(root, 'state') }
  program = start(towline('app-server', '--home', home, '--cwd', work), { env, cwd: root })
  const client = onStdio(program)
  await client.ask('initialize', HELLO)
  client.send({ method: 'initialized' })
  return client
}

/** Runs a command in a turn of its own thread; answers its item, and how the turn ended. */
const run = async (client: Client, cmd: string, over: object = {}): Promise<{ item: Told; turn: Told }> => {
  commands = [cmd]
  const { result } = await client.ask('thread/start', {
    cwd: work,
    sandbox: 'workspace-write',
    approvalPolicy: 'never',
    ...over,
  })
  const threadId = result.thread.id as string
  const of = ({ method, params }: Told, name: string): boolean => method === name && params.threadId === threadId
  await client.ask('turn/start', { threadId, input: [{ type: 'text', text: 'go', text_elements: [] }] })
  const { params: ended } = await client.said('the end of the turn', (one) => of(one, 'turn/completed'))
  const done = client.told.filter((one) => of(one, 'item/completed')).map(({ params }) => params.item as Told)
  return { item: done.find(({ type }: Told) => type === 'commandExecution'), turn: ended.turn }
}

describe('app-server agent, sandbox', () => {
  it('lets a command write its workspace and nothing else, and reach no network', async () => {
    verifies('app.sandbox', 'agent.tools')
    const client = await open()
    const out = join(root, 'out')
    const { item } = await run(
      client,
      `echo in > in; echo out > ${out}; mkdir -p .git/hooks; (: < /dev/tcp/127.0.0.1/9) ; true`,
    )
    expect(item).toMatchObject({ status: 'completed', exitCode: 0 })
    expect(item.aggregatedOutput).toMatch(/out: Read-only file system/)
    expect(item.aggregatedOutput).toMatch(/\.git\/hooks.*: Read-only file system/)
    expect([readFileSync(join(work, 'in'), 'utf8'), existsSync(out), existsSync(join(work, '.git'))]).toEqual([
      'in\n',
      false,
      false,
    ])
  })

  it('lets nothing be written when it only reads', async () => {
    verifies('app.sandbox')
    const { item } = await run(await open(), 'echo in > in', { sandbox: 'read-only' })
    expect([item.status, existsSync(join(work, 'in'))]).toEqual(['failed', false])
  })

  it('runs it without the sandbox when a person says so, and only then', async () => {
    verifies('app.sandbox', 'app.approvals')
    const client = await open()
    const out = join(root, 'out')
    const ran = run(client, `touch ${out}`, { approvalPolicy: 'on-request' })
    const asked = await client.said('the question', ({ method }) => method === 'item/commandExecution/requestApproval')
    expect([asked.params.reason, existsSync(out)]).toEqual(['command failed; retry without sandbox?', false])
    client.send({ id: asked.id, result: { decision: 'accept' } })
    expect([(await ran).item.status, existsSync(out)]).toEqual(['completed', true])
  })

  it('runs nothing where it cannot be enforced: the turn fails with what to install', async () => {
    verifies('app.sandbox')
    const programs = join(root, 'programs')
    mkdirSync(programs)
    // Threads are locked by it.
    symlinkSync('/usr/bin/flock', join(programs, 'flock'))
    const client = await open(programs)
    const { item, turn } = await run(client, 'touch x')
    expect(turn).toMatchObject({ status: 'failed', error: { codexErrorInfo: 'sandboxError' } })
    expect(turn.error.message).toMatch(/bwrap.* is not installed.*apt-get install bubblewrap/)
    expect([item.status, existsSync(join(work, 'x'))]).toEqual(['failed', false])
  })
})
