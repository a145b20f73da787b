/** Judges by stock Codex that what it looks for in vain on a machine it need not look for before every turn. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { greet, openRawClient, type RawClient } from '../app-server/raw-client.ts'
import { openRecorder, type Recorder } from '../app-server/recorder.ts'
import { codex } from '../mcp-local/codex.ts'
import { openAgentHome } from '../mcp/agent-home.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { launch } from '../processes.ts'
import { towline } from '../towline.ts'
import { openCommandModel } from './command-model.ts'

describe.skipIf(WITHOUT_AGENTS)('interop codex, missing files of another machine', () => {
  const opened: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close()
  })

  /** An exec-server of ours, and a stock app-server that works on it. */
  const openStock = async (): Promise<{
    readonly recorder: Recorder
    readonly client: RawClient
    readonly cwd: string
  }> => {
    const home = openAgentHome()
    opened.push(() => home.remove())
    const cwd = join(home.path, 'project')
    mkdirSync(cwd)
    const machine = launch(towline('exec-server', '--listen', '127.0.0.1:0'), { env: { HOME: home.path } })
    opened.push(() => machine.stop())
    const [, url, token] = await machine.said(/^(ws:\S+)\ntoken (\S+)\n/m)
    const recorder = await openRecorder(url as string, { validate: () => [] })
    opened.push(() => recorder.close())
    const model = await openCommandModel([])
    opened.push(() => model.close())
    const inHome = (file: string): string => join(home.env['CODEX_HOME'] as string, file)
    writeFileSync(inHome('config.toml'), model.settings)
    const lines = ['default = "lab"', '[[environments]]', 'id = "lab"', `url = "${recorder.url}"`]
    writeFileSync(inHome('environments.toml'), [...lines, `auth_bearer_token = "${token}"`, ''].join('\n'))
    const server = launch(home.bare(...codex(), 'app-server', '--listen', 'ws://127.0.0.1:0'), { cwd: home.path })
    opened.push(() => server.stop())
    const [at] = await server.said(/ws:\/\/127\.0\.0\.1:\d+/)
    const client = await openRawClient(at)
    opened.push(() => client.close())
    await greet(client)
    return { recorder, client, cwd }
  }

  it('asks once where its skills are, and again when they came', async () => {
    verifies('execd.protocol')
    const { recorder, client, cwd } = await openStock()
    const looks = (): number =>
      recorder.records
        .flatMap(({ messages }) => messages)
        .filter(
          ({ message: { method, params } }) => method === 'fs/getMetadata' && /skills"/.test(JSON.stringify(params)),
        ).length
    const params = { cwd, sandbox: 'danger-full-access', approvalPolicy: 'never' }
    const { result } = await client.ask('thread/start', params)
    const { id: threadId } = (result as { readonly thread: { readonly id: string } }).thread
    const turn = async (): Promise<void> => {
      const said = [{ type: 'text', text: 'Go on.', text_elements: [] }]
      const begun = await client.ask('turn/start', { threadId, input: said })
      const { id } = (begun.result as { readonly turn: { readonly id: string } }).turn
      await client.heard(
        (message) =>
          message.method === 'turn/completed' &&
          (message.params as { readonly turn: { readonly id: string } }).turn.id === id,
      )
    }
    await turn()
    await turn()
    const before = looks()
    await turn()
    await turn()
    expect(looks()).toBe(before)
    mkdirSync(join(cwd, '.agents/skills'), { recursive: true })
    // It hears of that on another connection than of its turns.
    while (looks() === before) await turn()
  })
})
