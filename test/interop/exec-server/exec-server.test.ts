/** Judges the exec-server by stock Codex: it runs its commands on another machine, where neither Codex nor SSH is. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { agent, WITHOUT_AGENTS } from '../mcp/judges.ts'
import { folder, launch, type Running, run } from '../processes.ts'
import { openTowline, type Towline, towline } from '../towline.ts'
import '../../localhost-names.mjs'
import { type CommandModel, openCommandModel, type Round } from './command-model.ts'

describe.skipIf(WITHOUT_AGENTS)('interop codex, commands of another machine', () => {
  let server: Towline
  let machine: Running
  let far: ReturnType<typeof folder>
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
  afterEach(async () => {
    await model?.close()
    home?.remove()
  })

  const codex = async (rounds: readonly Round[], environments: string, ...words: readonly string[]) => {
    model = await openCommandModel(rounds)
    home = openAgentHome()
    writeFileSync(join(home.env['CODEX_HOME'] as string, 'config.toml'), model.settings)
    writeFileSync(join(home.env['CODEX_HOME'] as string, 'environments.toml'), environments)
    const argv = home.bare(process.execPath, agent('codex'), 'exec', '--skip-git-repo-check', ...words, 'Go on.')
    return await run(argv, { cwd: home.path })
  }

  const bridged = (): string => {
    const [program, ...args] = towline('exec-server', 'bridge', 'edge-lab')
    return `default = "edge-lab"
include_local = false
[[environments]]
id = "edge-lab"
program = ${JSON.stringify(program)}
args = ${JSON.stringify(args)}
env = { TOWLINE_HOME = ${JSON.stringify(server.env['TOWLINE_HOME'])} }
`
  }

  it('runs a command on the machine through the bridge', async () => {
    mkdirSync(join(far.path, 'project'))
    const ran = await codex([[{ cmd: 'uname -a; echo "home $HOME"; pwd' }]], bridged(), '-C', join(far.path, 'project'))
    console.log(ran, model.outputs())
    expect(model.outputs()[0]).toContain(`home ${far.path}`)
  })
})
