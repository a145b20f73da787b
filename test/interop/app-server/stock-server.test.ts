/** Proves the judge on the server of stock Codex: a turn with a command and an approval, and it has nothing to object to. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { approvedTurn } from './approved-turn.ts'
import { greet, openRawClient } from './raw-client.ts'
import { openRecorder, type Recorder } from './recorder.ts'
import { stockSchemas } from './stock-schemas.ts'
import { openStockServer } from './stock-server.ts'
import { REFUSALS, sweep } from './sweep.ts'

describe.skipIf(WITHOUT_AGENTS)('interop app-server, stock server', () => {
  const opened: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close()
  })

  const openStock = async (): Promise<{ readonly recorder: Recorder; readonly path: string }> => {
    const { home, port, close } = await openStockServer('true')
    opened.push(close)
    const recorder = await openRecorder(`ws://127.0.0.1:${port}`, await stockSchemas())
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
    const ended = await approvedTurn(client, { cwd: path, sandbox: 'read-only' })
    expect(ended).toMatchObject({ turn: { status: 'completed' } })
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
