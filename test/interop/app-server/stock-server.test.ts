/** Proves the judge on the server of stock Codex: a turn with a command and an approval, and it has nothing to object to. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openCommandModel } from '../exec-server/command-model.ts'
import { openAgentHome } from '../mcp/agent-home.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { codex } from '../mcp-local/codex.ts'
import { launch } from '../processes.ts'
import { greet, openRawClient } from './raw-client.ts'
import { openRecorder, type Recorder } from './recorder.ts'
import { stockSchemas } from './stock-schemas.ts'
import { REFUSALS, sweep } from './sweep.ts'

describe.skipIf(WITHOUT_AGENTS)('interop app-server, stock server', () => {
  const opened: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close()
  })

  const openStock = async (): Promise<{ readonly recorder: Recorder; readonly path: string }> => {
    const home = openAgentHome()
    opened.push(() => home.remove())
    const model = await openCommandModel([
      [{ cmd: 'true', sandbox_permissions: 'require_escalated', justification: 'May it?' }],
    ])
    opened.push(() => model.close())
    writeFileSync(join(home.env['CODEX_HOME'] as string, 'config.toml'), model.settings)
    const argv = home.bare(...codex(), 'app-server', '--listen', 'ws://127.0.0.1:0')
    const server = launch(argv, { cwd: home.path })
    opened.push(() => server.stop())
    const [url] = await server.said(/ws:\/\/127\.0\.0\.1:\d+/)
    const recorder = await openRecorder(url, await stockSchemas())
    opened.push(() => recorder.close())
    return { recorder, path: home.path }
  }

  it('finds a whole turn of it well', async () => {
    const { recorder, path } = await openStock()
    const client = await openRawClient(recorder.url)
    opened.push(() => client.close())
    await greet(client)
    const lists = ['model/list', 'thread/list', 'skills/list', 'hooks/list', 'config/read', 'permissionProfile/list']
    for (const method of lists) await client.ask(method, {})
    const { result } = await client.ask('thread/start', { cwd: path, sandbox: 'read-only' })
    const { id: threadId } = (result as { readonly thread: { readonly id: string } }).thread
    await client.ask('turn/start', { threadId, input: [{ type: 'text', text: 'Go on.', text_elements: [] }] })
    const { id } = await client.heard(({ method }) => method === 'item/commandExecution/requestApproval')
    client.say({ id, result: { decision: 'accept' } })
    const { params } = await client.heard(({ method }) => method === 'turn/completed')
    expect(params).toMatchObject({ turn: { status: 'completed' } })
    await client.ask('thread/read', { threadId, includeTurns: true })

    expect(recorder.complaints()).toEqual([])
  })

  it('finds its answer to every method well', async () => {
    const { recorder, path } = await openStock()
    const client = await openRawClient(recorder.url)
    opened.push(() => client.close())
    await greet(client)
    const refused = await sweep(client, join(path, 'swept'), false)
    expect(Object.fromEntries(refused)).toEqual(REFUSALS)
    expect(recorder.complaints()).toEqual([])
  })
})
