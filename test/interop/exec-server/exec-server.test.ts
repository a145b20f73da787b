/** Judges the exec-server by stock Codex: it runs its commands where neither Codex nor SSH is, through our bridge or a WebSocket. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { openDialogue } from '../mcp/dialogue.ts'
import { agent, WITHOUT_AGENTS } from '../mcp/judges.ts'
import { folder, launch, type Ran, type Running, run, succeed } from '../processes.ts'
import { openTowline, type Towline, towline } from '../towline.ts'
import '../../localhost-names.mjs'
import { type CommandModel, openCommandModel, type Round } from './command-model.ts'
import { openCutProxy } from './cut-proxy.ts'

describe.skipIf(WITHOUT_AGENTS)('interop codex, commands of another machine', () => {
  let server: Towline
  let machine: Running
  /** Home of whoever runs the machine. */
  let far: ReturnType<typeof folder>
  let project: string
  let home: AgentHome
  let model: CommandModel
  beforeAll(async () => {
    server = await openTowline()
    far = folder('far')
    machine = launch(towline('webtty', 'server', '--name', 'edge-lab', '-o', 'json'), {
      env: { ...server.env, HOME: far.path },
    })
    await machine.said(/"status":"online"/)
  })
  afterAll(async () => {
    await machine?.stop()
    await server?.close()
    far?.remove()
  })
  let count = 0
  beforeEach(() => {
    home = openAgentHome()
    project = join(far.path, `project-${++count}`)
    mkdirSync(project)
  })
  afterEach(async () => {
    await model?.close()
    home.remove()
  })

  const pairs = (env: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const inHome = (file: string): string => join(home.env['CODEX_HOME'] as string, file)

  const codex = (rounds: readonly Round[], ...words: readonly string[]): Promise<Ran> => codexAt({}, rounds, ...words)
  const codexAt = async (
    env: Readonly<Record<string, string>>,
    rounds: readonly Round[],
    ...words: readonly string[]
  ): Promise<Ran> => {
    model = await openCommandModel(rounds)
    writeFileSync(inHome('config.toml'), model.settings)
    const asked = ['exec', '--skip-git-repo-check', '-C', project, ...words, 'Go on.']
    return await run(home.bare('env', ...pairs(env), process.execPath, agent('codex'), ...asked), { cwd: home.path })
  }
  /** What commands printed, without what Codex says around it. */
  const printed = (): readonly string[] => model.outputs().map((text) => (text.split('Output:\n')[1] ?? text).trim())

  const addMachine = (...words: readonly string[]): Promise<string> =>
    succeed(towline('codex', 'env', 'add', 'edge-lab', ...words, '-o', 'json'), {
      env: { ...server.env, CODEX_HOME: home.env['CODEX_HOME'] as string },
    })

  it('runs a command on the machine through the bridge', async () => {
    verifies('execd.bridge')
    await addMachine('--default')
    await codex([[{ cmd: 'echo "home $HOME"; pwd' }]])
    expect(printed()).toEqual([`home ${far.path}\n${project}`])
  })

  it('keeps commands to the sandbox that Codex asks for', async () => {
    verifies('execd.sandbox')
    await addMachine('--default')
    const secret = join(far.path, 'kept.txt')
    mkdirSync(join(project, '.git'))
    await codex(
      [[{ cmd: `echo in > inside.txt; echo out > ${secret}; echo x > .git/config; exit 0` }]],
      ...['-s', 'workspace-write', '-c', 'sandbox_workspace_write.exclude_slash_tmp=true'],
      ...['-c', 'sandbox_workspace_write.exclude_tmpdir_env_var=true'],
    )
    expect(readFileSync(join(project, 'inside.txt'), 'utf8')).toBe('in\n')
    expect([existsSync(secret), existsSync(join(project, '.git', 'config'))]).toEqual([false, false])
    expect(printed()[0]).toContain('Read-only file system')
  })

  it('runs two commands at once', async () => {
    await addMachine('--default')
    const meet = (own: string, other: string): string =>
      `touch ${own}; until [ -e ${other} ]; do sleep 0.05; done; echo ${own} met ${other}`
    await codex([[{ cmd: meet('a', 'b') }, { cmd: meet('b', 'a') }]], '-s', 'workspace-write')
    expect(printed()).toEqual(['a met b', 'b met a'])
  })

  describe('by WebSocket', () => {
    let listener: Running
    let token: string
    let port: number
    beforeEach(async () => {
      listener = launch(towline('exec-server', '--listen', '127.0.0.1:0'), { env: { HOME: far.path } })
      const [, digits, shown] = await listener.said(/^ws:\/\/127\.0\.0\.1:(\d+)\ntoken (\S+)\n/m)
      token = shown as string
      port = Number(digits)
    })
    afterEach(() => listener.stop())

    const environment = (at: number, bearer: string): void =>
      writeFileSync(
        inHome('environments.toml'),
        `default = "lab"
include_local = false
[[environments]]
id = "lab"
url = "ws://127.0.0.1:${at}"
auth_bearer_token = "${bearer}"
`,
      )

    it('runs commands for who has the token', async () => {
      verifies('execd.protocol')
      environment(port, token)
      await codex([[{ cmd: 'echo "home $HOME"' }], [{ cmd: 'cat missing.txt' }]])
      expect(printed()).toEqual([`home ${far.path}`, 'cat: missing.txt: No such file or directory'])
    })

    it('runs commands for who has the token in the address', async () => {
      verifies('execd.protocol')
      await codexAt({ CODEX_EXEC_SERVER_URL: `ws://127.0.0.1:${port}/${token}` }, [[{ cmd: 'echo "home $HOME"' }]])
      expect(printed()).toEqual([`home ${far.path}`])
    })

    it('runs commands of an app-server that was told of it', async () => {
      verifies('execd.protocol')
      model = await openCommandModel([[{ cmd: 'echo "home $HOME"' }]])
      writeFileSync(inHome('config.toml'), model.settings)
      let over = (): void => undefined
      const completed = new Promise<void>((done) => {
        over = done
      })
      const talk = openDialogue([process.execPath, agent('codex'), 'app-server'], home.env, ({ method }) => {
        if (method === 'turn/completed') over()
        return undefined
      })
      try {
        await talk.ask('initialize', {
          clientInfo: { name: 'judge', version: '1' },
          capabilities: { experimentalApi: true },
        })
        talk.tell('initialized')
        const lab = { environmentId: 'lab', execServerUrl: `ws://127.0.0.1:${port}`, authBearerToken: token }
        await talk.ask('environment/add', lab)
        const environments = [{ environmentId: 'lab', cwd: project }]
        const { thread } = (await talk.ask('thread/start', { environments })) as { thread: { id: string } }
        await talk.ask('turn/start', { threadId: thread.id, input: [{ type: 'text', text: 'Go on.' }] })
        await completed
      } finally {
        await talk.close()
      }
      expect(printed()).toEqual([`home ${far.path}`])
    })

    it('runs nothing for who has not', async () => {
      environment(port, 'wrong')
      await codex([[{ cmd: 'touch ran.txt' }]], '-s', 'workspace-write')
      expect(existsSync(join(project, 'ran.txt'))).toBe(false)
      expect(model.outputs().join()).not.toContain('exited with code 0')
    })

    it('loses no output when the network breaks in the middle of a command', async () => {
      verifies('execd.resume')
      const proxy = await openCutProxy(port, Buffer.from('tick2\n').toString('base64'))
      environment(proxy.port, token)
      await codex([[{ cmd: 'for i in 1 2 3 4 5 6; do echo tick$i; sleep 0.4; done; echo END' }]])
      await proxy.close()
      expect(printed().map((text) => text.split('\n'))).toEqual([
        ['tick1', 'tick2', 'tick3', 'tick4', 'tick5', 'tick6', 'END'],
      ])
      expect(proxy.connections()).toBe(2)
    })
  })
})
