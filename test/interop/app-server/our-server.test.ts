/** Judges every message of our app-server by the schemas of stock Codex: a whole turn, and every method there is. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { openCommandModel, type Round } from '../exec-server/command-model.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { folder, launch } from '../processes.ts'
import { towline } from '../towline.ts'
import { approvedTurn } from './approved-turn.ts'
import { greet, openRawClient } from './raw-client.ts'
import { openRecorder, type Recorder } from './recorder.ts'
import { stockSchemas } from './stock-schemas.ts'
import { ESCALATED } from './stock-server.ts'
import { REFUSALS, sweep } from './sweep.ts'

describe.skipIf(WITHOUT_AGENTS)('interop app-server, our server', () => {
  const opened: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close()
  })

  const openOurs = async (
    ...rounds: readonly Round[]
  ): Promise<{ readonly recorder: Recorder; readonly cwd: string }> => {
    const home = folder('app-server')
    opened.push(() => home.remove())
    const [cwd, own] = [join(home.path, 'work'), join(home.path, 'app-server')]
    for (const path of [cwd, own]) mkdirSync(path)
    const model = await openCommandModel(rounds)
    opened.push(() => model.close())
    writeFileSync(join(own, 'config.toml'), model.settings)
    const env = { HOME: home.path, TOWLINE_HOME: home.path }
    const server = launch(towline('app-server', '--listen', 'ws://127.0.0.1:0', '--cwd', cwd), { cwd, env })
    opened.push(() => server.stop())
    const [url] = await server.said(/ws:\/\/127\.0\.0\.1:\d+/)
    const recorder = await openRecorder(url, await stockSchemas())
    opened.push(() => recorder.close())
    return { recorder, cwd }
  }

  it('says nothing in a turn that stock would object to', async () => {
    verifies('app.items')
    const { recorder, cwd } = await openOurs([{ cmd: 'true', ...ESCALATED }])
    const client = await openRawClient(recorder.url)
    opened.push(() => client.close())
    await greet(client)
    const ended = await approvedTurn(client, { cwd, sandbox: 'read-only', approvalPolicy: 'on-request' })
    expect(ended).toMatchObject({ turn: { status: 'completed' } })
    expect(recorder.complaints()).toEqual([])
  })

  it('answers every method as stock does, and refuses in its words', async () => {
    verifies('app.initialize')
    const { recorder, cwd } = await openOurs()
    const client = await openRawClient(recorder.url)
    opened.push(() => client.close())
    await greet(client)
    const refused = await sweep(client, join(cwd, 'swept'), true)
    expect([Object.fromEntries(refused), recorder.complaints()]).toEqual([REFUSALS, []])
  })
})
