/** Proves that threads outlive a server that is killed, and a disk that is full. */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { start, tempFolder, towline, verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, dial, HELLO, type HelloModel, onStdio, openHelloModel, serversIn, type Told } from './served.ts'

let folder: ReturnType<typeof tempFolder>
let servers: ReturnType<typeof serversIn>
let model: HelloModel
beforeEach(async () => {
  folder = tempFolder('app-server-rollouts')
  servers = serversIn(realpathSync(folder.path))
  model = await openHelloModel()
  model.configure(servers.home)
})
afterEach(async () => {
  await servers.stop()
  await model.close()
  folder.remove()
})

const startThread = async (client: Client): Promise<string> =>
  (await client.ask('thread/start', { cwd: folder.path })).result.thread.id

/** Runs a turn to its end. */
const turn = async (client: Client, threadId: string, text: string): Promise<Told> => {
  const input = [{ type: 'text', text, text_elements: [] }]
  const { id } = (await client.ask('turn/start', { threadId, input })).result.turn
  const ends = ({ method, params }: Told): boolean => method === 'turn/completed' && params.turn.id === id
  return (await client.said('the end of the turn', ends)).params.turn
}

const read = async (client: Client, threadId: string): Promise<Told> =>
  (await client.ask('thread/read', { threadId, includeTurns: true })).result.thread

describe('app-server, threads', () => {
  it('are there after a kill in the middle of a turn, which is interrupted', async () => {
    verifies('app.rollout', 'app.thread', 'app.resume.usage')
    const first = await servers.listen()
    const before = await dial(first.url)
    const threadId = await startThread(before)
    await turn(before, threadId, 'hello there')
    await before.ask('thread/shellCommand', {
      threadId,
      command: 'echo begun; while ! test -e go; do sleep 0.05; done',
    })
    await before.said('its output', ({ method }) => method === 'item/commandExecution/outputDelta')
    first.program.kill('SIGKILL')
    await first.program.ended()

    const { url } = await servers.listen()
    const client = await dial(url)
    const { data } = (await client.ask('thread/list')).result
    expect(data).toMatchObject([{ id: threadId, preview: 'hello there', status: { type: 'notLoaded' } }])
    expect((await read(client, threadId)).turns).toMatchObject([
      { status: 'completed', items: [{ type: 'userMessage' }, { type: 'agentMessage', text: 'hello' }] },
      { status: 'interrupted', items: [{ type: 'commandExecution', status: 'failed' }] },
    ])
    const { result } = await client.ask('thread/resume', { threadId })
    expect(result.thread.turns.length).toBe(2)
    const { params } = await client.said('tokens', ({ method }) => method === 'thread/tokenUsage/updated')
    expect(params.tokenUsage.total.totalTokens).toBe(13)
    expect((await turn(client, threadId, 'and now')).status).toBe('completed')
    const fork = (await client.ask('thread/fork', { threadId })).result.thread
    expect([fork.forkedFromId, fork.turns.length]).toEqual([threadId, 3])
    await client.ask('fs/writeFile', { path: join(folder.path, 'go'), dataBase64: '' })
  })

  it('go on after a disk was full, and say that it was', async () => {
    verifies('app.rollout')
    const { home } = servers
    const config = join(folder.path, 'config.toml')
    model.configure(folder.path)
    const small = ['--size', String(700 * 1024), '--tmpfs', home, '--ro-bind', config, join(home, 'config.toml')]
    const program = start(['bwrap', '--dev-bind', '/', '/', ...small, ...towline('app-server')], {
      env: { PATH: '/usr/bin:/bin', HOME: folder.path, TOWLINE_HOME: join(folder.path, 'state') },
      cwd: folder.path,
    })
    const client = onStdio(program)
    try {
      await client.ask('initialize', HELLO)
      const threadId = await startThread(client)
      expect((await turn(client, threadId, 'small')).status).toBe('completed')
      const failed = await turn(client, threadId, 'x'.repeat(1000 * 1000))
      expect([failed.status, failed.error.additionalDetails]).toEqual(['failed', 'THREAD_UNWRITABLE'])
      expect(failed.error.message).toContain('the disk is full. Make room on the disk')
      expect((await turn(client, threadId, 'small again')).status).toBe('completed')
      const { turns } = await read(client, threadId)
      expect(turns.map(({ status, items }: Told) => [status, items.length])).toEqual([
        ['completed', 2],
        ['failed', 0],
        ['completed', 2],
      ])
      const { data } = (await client.ask('thread/list')).result
      expect(data).toMatchObject([{ id: threadId, preview: 'small' }])
    } finally {
      await program.stop()
    }
  })
})
