/** Owns an app-server of its own whose agent runs the commands that a test scripts, in a home and a workspace of its own. */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Program, start, tempFolder, towline } from '@towline/testkit'
import { calls, functionCall, openFakeModel, says } from '../../../packages/app-server/src/agent/model.fixture.ts'
import { type Client, onStdio, type Told } from './served.ts'

interface Opening {
  /** Where the server finds programs. */
  readonly path?: string
  /** Further settings: before all tables, and tables. */
  readonly top?: string
  readonly more?: string
  /** Further variables of the server. */
  readonly variables?: Readonly<Record<string, string>>
}

/** A command in a turn: its item, and how the turn ended. */
interface Ran {
  readonly item: Told
  readonly turn: Told
}

export interface CommandAgent {
  readonly root: string
  /** A folder of `root`, where it works. */
  readonly work: string
  open(opening?: Opening): Promise<Client>
  /** Runs a command in a turn of a thread. */
  turn(client: Client, threadId: string, cmd: string, over?: object): Promise<Ran>
  /** The same in a thread of its own. */
  run(client: Client, cmd: string, over?: object): Promise<Ran>
  close(): Promise<void>
}

/** With the capability to name environments. */
const HELLO = { clientInfo: { name: 'test', title: null, version: '0.1.0' }, capabilities: { experimentalApi: true } }

const settings = (url: string): string =>
  `model = "scripted"\nmodel_provider = "fake"\n[model_providers.fake]\nname = "fake"\nbase_url = "${url}"\nwire_api = "responses"\n` +
  // This test's own folders lie there.
  '[sandbox_workspace_write]\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true\n'

export const openCommandAgent = async (): Promise<CommandAgent> => {
  const folder = tempFolder('command-agent')
  const root = realpathSync(folder.path)
  const work = join(root, 'work')
  mkdirSync(work)
  const programs: Program[] = []
  const commands: string[] = []
  let called = 0
  const model = await openFakeModel(() => {
    const cmd = commands.shift()
    return cmd === undefined ? says('Done.') : calls(functionCall('exec_command', { cmd }, `call_${called++}`))
  })

  const open: CommandAgent['open'] = async ({ path = '/usr/bin:/bin', top = '', more = '', variables = {} } = {}) => {
    const home = join(root, 'home')
    mkdirSync(home)
    writeFileSync(join(home, 'config.toml'), top + settings(model.url) + more)
    const env = { PATH: path, HOME: root, TOWLINE_HOME: join(root, 'state'), ...variables }
    const program = start(towline('app-server', '--home', home, '--cwd', work), { env, cwd: root })
    programs.push(program)
    const client = onStdio(program)
    await client.ask('initialize', HELLO)
    client.send({ method: 'initialized' })
    return client
  }

  const turn: CommandAgent['turn'] = async (client, threadId, cmd, over = {}) => {
    commands.push(cmd)
    const input = [{ type: 'text', text: 'go', text_elements: [] }]
    const { result } = await client.ask('turn/start', { threadId, input, ...over })
    const turnId = result.turn.id as string
    const ended = await client.said(
      'the end of the turn',
      ({ method, params }) => method === 'turn/completed' && params.turn.id === turnId,
    )
    const items = client.told
      .filter(({ method, params }) => method === 'item/completed' && params.turnId === turnId)
      .map(({ params }) => params.item as Told)
    return { item: items.find(({ type }: Told) => type === 'commandExecution'), turn: ended.params.turn }
  }

  return {
    root,
    work,
    open,
    turn,
    run: async (client, cmd, over = {}) => {
      const params = { cwd: work, sandbox: 'workspace-write', approvalPolicy: 'never', ...over }
      const { result } = await client.ask('thread/start', params)
      return await turn(client, result.thread.id as string, cmd)
    },
    close: async () => {
      for (const program of programs) await program.stop()
      await model.close()
      folder.remove()
    },
  }
}
