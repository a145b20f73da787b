/** Judges our client of environments by a stock `codex exec-server`, and our MCP servers by the server that has a tool of every kind. */
import { randomInt } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '@towline/base'
import {
  dialEnvironmentBy,
  type McpServerConfig,
  type OpenEnvironments,
  openEnvironments,
  openMcpServers,
  type ToolOutput,
} from '@towline/app-server'
import type { ProcessStream, SandboxContext } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { openProcesses } from '@towline/webtty'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCutProxy } from '../exec-server/cut-proxy.ts'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { agent, everythingServer, stdioEverything, WITHOUT_AGENTS } from '../mcp/judges.ts'
import { freePort, launch, type Running } from '../processes.ts'

const COMMAND = {
  ...{ env: { FROM: 'us' }, tty: false, stdin: true, sandbox: null },
  envPolicy: { inherit: 'core', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
} as const

/** Only the project may be written. */
const sandboxOf = (root: string): SandboxContext => ({
  permissions: {
    ...{ type: 'managed', network: 'restricted' },
    file_system: {
      type: 'restricted',
      entries: [
        { path: { type: 'special', value: { kind: 'root' } }, access: 'read' },
        { path: { type: 'path', path: root }, access: 'write' },
      ],
    },
  },
  cwd: root,
  workspaceRoots: [root],
})

describe.skipIf(WITHOUT_AGENTS)('interop codex exec-server, by our client', () => {
  let home: AgentHome
  let server: Running
  let port: number
  let project: string
  let environments: OpenEnvironments
  let changes: unknown[]
  const processes = openProcesses()
  beforeAll(async () => {
    home = openAgentHome()
    project = join(realpathSync(home.path), 'project')
    mkdirSync(project)
    server = launch(home.bare(process.execPath, agent('codex'), 'exec-server', '--listen', 'ws://127.0.0.1:0'))
    const [, digits] = await server.said(/^ws:\/\/127\.0\.0\.1:(\d+)/m)
    port = Number(digits)
  })
  afterAll(async () => {
    processes.close()
    await server?.stop()
    home?.remove()
  })
  beforeEach(() => {
    environments = openEnvironments({
      local: { serve: () => undefined },
      configured: { defaultId: undefined, includeLocal: false, environments: [] },
      dial: dialEnvironmentBy({ processes, env: process.env }),
    })
    changes = []
    environments.watch((...change) => changes.push(change))
  })
  afterEach(() => environments.close())

  const use = (at = port): void => environments.add('lab', { execServerUrl: `ws://127.0.0.1:${at}` })
  const run = async (script: string, more: object = {}, input?: string): Promise<readonly [string, number]> => {
    let text = ''
    const code = await new Promise<number>((ended, failed) => {
      const output = (_stream: ProcessStream, bytes: Uint8Array): void => void (text += Buffer.from(bytes).toString())
      const command = { ...COMMAND, argv: ['/bin/sh', '-c', script], cwd: project, ...more }
      environments
        .get('lab')
        .start(command, { output, exited: ended, lost: failed })
        .then((running) => (input === undefined ? undefined : running.write(Buffer.from(input))), failed)
    })
    return [text, code]
  }

  it('tells of its machine, and runs commands with input', async () => {
    verifies('agent.environments')
    use()
    expect(await environments.get('lab').info()).toMatchObject({ shell: { name: expect.any(String) as string } })
    expect(await run('read line; echo "$line from $FROM in $PWD"; exit 3', {}, 'hello\n')).toEqual([
      `hello from us in ${project}\n`,
      3,
    ])
    expect([environments.status('lab'), changes]).toEqual([{ status: 'ready' }, [['lab', true]]])
  })

  it('reads and writes files', async () => {
    verifies('agent.environments')
    use()
    const { files } = environments.get('lab')
    const path = join(project, 'a', 'file.bin')
    await files.createDirectory(join(project, 'a'), null)
    await files.write(path, Buffer.from([0, 255, 10]), null)
    expect([...(await files.read(path, null))]).toEqual([0, 255, 10])
    expect(await files.metadata(path, null)).toMatchObject({ isFile: true, size: 3 })
    await files.remove(path, null)
    expect(await files.metadata(path, null)).toBeUndefined()
    await expect(files.read(path, null)).rejects.toMatchObject({ code: -32004 })
  })

  it('keeps commands to the sandbox', async () => {
    use()
    const sandbox = sandboxOf(project)
    const [text] = await run(`echo in > inside && cat inside; echo out > ${home.path}/outside`, { sandbox })
    expect(text).toMatch(/^in\n[^]*Read-only file system/)
  })

  it('loses no output when the network breaks in the middle of a command, and has none twice', async () => {
    verifies('agent.environments')
    const proxy = await openCutProxy(port, Buffer.from('tick2\n').toString('base64'))
    use(proxy.port)
    const [text, code] = await run('for i in 1 2 3 4 5 6; do echo tick$i; sleep 0.2; done; echo END')
    await proxy.close()
    expect([text, code]).toEqual(['tick1\ntick2\ntick3\ntick4\ntick5\ntick6\nEND\n', 0])
    expect(proxy.connections()).toBe(2)
  })
})

/** Whether some process runs these words. */
const runs = (words: string): boolean =>
  readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' ') === words
    } catch {
      return false
    }
  })

describe('interop MCP server with everything', () => {
  const processes = openProcesses()
  afterAll(() => processes.close())

  const common = {
    ...{ name: 'everything', enabled: true, enabledTools: undefined, disabledTools: [], toolApprovals: {} },
    ...({ approval: 'auto', startupTimeoutMs: 30_000, toolTimeoutMs: 30_000 } as const),
  } as const
  /** Runs `work` with what calls a tool of it. */
  const withServer = async (
    config: McpServerConfig,
    work: (call: (name: string, input: object) => Promise<ToolOutput>, specs: readonly object[]) => Promise<void>,
  ): Promise<void> => {
    const servers = openMcpServers({
      ...{ threadId: 'thread', servers: [config], version: '1.0.0', cwd: '/', env: process.env, processes },
      feed: {
        emit: () => undefined,
        ask: () => Promise.resolve({ action: 'accept', content: {}, _meta: null } as never),
      },
    })
    try {
      const [source] = servers.sources({
        ...{ turnId: 'turn', approvalPolicy: 'on-request' },
        sandboxPolicy: { type: 'readOnly', networkAccess: false },
      })
      if (!source) throw new Error('no server')
      const { signal } = new AbortController()
      const call = (name: string, input: object): Promise<ToolOutput> =>
        source.call({ callId: name, namespace: 'mcp__everything', name, input: JSON.stringify(input), signal })
      await work(call, await source.specs())
    } finally {
      await servers.close()
    }
    expect(servers.all.map(({ status }) => status)).not.toContain('connected')
  }

  it('starts with few variables, shows its tools, answers, and ends', async () => {
    verifies('agent.tools')
    const [command = '', ...args] = stdioEverything()
    const env = { DECLARED: new Secret('here') }
    await withServer({ ...common, transport: 'stdio', command, args, env, cwd: undefined }, async (call, specs) => {
      expect(specs).toMatchObject([{ type: 'namespace', name: 'mcp__everything' }])
      expect(await call('echo', { message: 'hi' })).toEqual([{ type: 'input_text', text: 'Echo: hi' }])
      const [{ text } = { text: '' }] = (await call('get-env', {})) as readonly { text: string }[]
      const names = Object.keys(JSON.parse(text) as object)
      expect(names).toContain('DECLARED')
      expect(names.filter((name) => /^(VITEST|npm_)/.test(name))).toEqual([])
    })
  })

  it('leaves nothing that it started behind', async () => {
    verifies('agent.tools')
    // No other program waits so long.
    const seconds = String(randomInt(100_000, 1_000_000))
    const args = ['-c', 'sleep "$0" & exec "$@"', seconds, ...stdioEverything()]
    await withServer(
      { ...common, transport: 'stdio', command: '/bin/sh', args, env: {}, cwd: undefined },
      async (call) => {
        await call('echo', { message: 'hi' })
        expect(runs(`sleep ${seconds}`)).toBe(true)
      },
    )
    expect(runs(`sleep ${seconds}`)).toBe(false)
  })

  it('answers over HTTP', async () => {
    verifies('agent.tools')
    const port = await freePort()
    const server = launch(everythingServer(), { env: { PORT: String(port) } })
    try {
      await server.said(/listening/i)
      const url = `http://127.0.0.1:${port}/mcp`
      await withServer(
        { ...common, transport: 'http', url, bearerTokenEnvVar: undefined, headers: {} },
        async (call) => {
          expect(await call('echo', { message: 'hi' })).toEqual([{ type: 'input_text', text: 'Echo: hi' }])
        },
      )
    } finally {
      await server.stop()
    }
  })
})
