/** Proves what outlives connections and processes: turns, approvals, what was told; and that one client cannot starve another. */
import { realpathSync, rmSync } from 'node:fs'
import { eventually, tempFolder, verifies, within } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, dial, type HelloModel, openHelloModel, serversIn, type Told } from './served.ts'

let folder: ReturnType<typeof tempFolder>
let servers: ReturnType<typeof serversIn>
let model: HelloModel
beforeEach(async () => {
  folder = tempFolder('app-server')
  servers = serversIn(realpathSync(folder.path))
  model = await openHelloModel()
  model.configure(servers.home)
})
afterEach(async () => {
  await servers.stop()
  await model.close()
  folder.remove()
})

const APPROVE = 'item/commandExecution/requestApproval'
const isQuestion = ({ method }: Told): boolean => method === APPROVE
const isMethod =
  (name: string) =>
  ({ method }: Told): boolean =>
    method === name
const textOf = (text: string) => [{ type: 'text', text, text_elements: [] }]

const startThread = async (client: Client): Promise<string> =>
  (await client.ask('thread/start', { cwd: folder.path, sandbox: 'workspace-write' })).result.thread.id
const say = (client: Client, threadId: string, text: string): Promise<Told> =>
  client.ask('turn/start', { threadId, input: textOf(text) })

describe('app-server, over time', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'asks again with the same id after %s, and goes on with the turn',
    async (signal) => {
      verifies('app.approvals')
      const first = await servers.listen()
      const before = await dial(first.url)
      const threadId = await startThread(before)
      await say(before, threadId, 'leave the sandbox')
      const { id } = await before.said('the question', isQuestion)
      first.program.kill(signal)
      await first.program.ended()
      const { url } = await servers.listen()
      const [one, two] = [await dial(url), await dial(url)]
      for (const client of [one, two]) await client.ask('thread/resume', { threadId })
      for (const client of [one, two]) expect((await client.said('the question again', isQuestion)).id).toBe(id)
      two.send({ id, result: { decision: 'accept' } })
      for (const client of [one, two]) {
        const { params } = await client.said('that it is over', isMethod('serverRequest/resolved'))
        expect(params).toEqual({ threadId, requestId: id })
      }
      const { params } = await one.said('the end of the turn', isMethod('turn/completed'))
      expect(params.turn.status).toBe('completed')
      const command = one.told.find(
        ({ method, params: { item } = { item: null } }) =>
          method === 'item/completed' && item.type === 'commandExecution',
      )
      expect(command.params.item).toMatchObject({
        status: 'completed',
        aggregatedOutput: expect.stringContaining('left') as string,
      })
    },
  )

  it('goes on with a turn whose client is gone, and tells who comes back what was missed', async () => {
    verifies('app.sequence', 'app.approvals')
    const { url } = await servers.listen()
    const gone = await dial(url)
    const threadId = await startThread(gone)
    await say(gone, threadId, 'leave the sandbox')
    const { id } = await gone.said('the question', isQuestion)
    const lastSeq = Math.max(...gone.told.map(({ seq = 0 }) => seq))
    const told = gone.told.filter(({ seq }) => seq !== undefined).length
    gone.socket.terminate()
    const helper = await dial(url)
    await helper.ask('thread/resume', { threadId })
    helper.send({ id, result: { decision: 'decline' } })
    await helper.said('the end of the turn', isMethod('turn/completed'))
    const back = await dial(url)
    const { result } = await back.ask('towline/thread/replay', { threadId, afterSeq: lastSeq })
    const missed = back.told.filter(({ seq }) => seq !== undefined).map(({ seq }) => seq)
    expect(missed[0]).toBe(lastSeq + 1)
    expect(missed).toEqual(missed.map((_, index) => lastSeq + 1 + index))
    expect(result).toEqual({ complete: true, seq: missed.at(-1) })
    expect(told).toBeGreaterThan(3)
  })

  it('drains: begins nothing, says so to who asks for its health, and ends when the turn does', async () => {
    verifies('app.health')
    const { program, url } = await servers.listen()
    const client = await dial(url)
    const health = async (path: string): Promise<readonly [number, Told]> => {
      const response = await fetch(`${url.replace('ws', 'http')}${path}`)
      return [response.status, await response.json()]
    }
    expect(await health('/readyz')).toMatchObject([200, { ready: true, draining: false, connections: 1 }])
    const threadId = await startThread(client)
    await client.ask('thread/shellCommand', { threadId, command: 'while ! test -e go; do sleep 0.05; done' })
    await client.said('the turn', isMethod('turn/started'))
    program.kill('SIGTERM')
    await eventually('that it drains', async () => ((await health('/readyz'))[0] === 503 ? true : undefined))
    expect(await health('/healthz')).toMatchObject([200, { ready: false, draining: true }])
    expect((await say(client, threadId, 'more')).error.message).toContain('shutting down')
    await client.ask('fs/writeFile', { path: `${folder.path}/go`, dataBase64: '' })
    expect((await program.ended()).status).toBe(0)
  })

  it('is not ready without its home', async () => {
    verifies('app.health')
    const { url } = await servers.listen()
    rmSync(servers.home, { recursive: true })
    const response = await fetch(`${url.replace('ws', 'http')}/readyz`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ ready: false, checks: { home: { ok: false } } })
  })

  it('answers 5,000 requests that one client sends at once, none with -32001, and others meanwhile', async () => {
    verifies('app.backpressure')
    const { url } = await servers.listen()
    const [greedy, other] = [await dial(url), await dial(url)]
    const count = 5_000
    for (let n = 0; n < count; n++) greedy.send({ id: `n${n}`, method: 'thread/loaded/list', params: {} })
    expect((await other.ask('thread/loaded/list')).result.data).toEqual([])
    const answeredBefore = greedy.told.length
    await within(
      'all answers',
      greedy.said('the last answer', ({ id }) => id === `n${count - 1}`),
    )
    expect(greedy.told.filter(({ error }) => error)).toEqual([])
    expect(greedy.told).toHaveLength(count + 1)
    expect(answeredBefore).toBeLessThan(count)
  })
})
