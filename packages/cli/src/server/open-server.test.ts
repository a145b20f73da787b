/** Proves starting a server: what a failed start leaves behind, and what a second start keeps. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listTunnels, readContexts } from '@towline/operations'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serverOptions } from '../../test/test-server.ts'
import { openServer, type Server, type ServerOptions } from './open-server.ts'

let home: string
let taken: TcpServer | undefined
const servers: Server[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-server-'))
})

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  taken?.close()
  taken = undefined
  await rm(home, { recursive: true, force: true })
})

const options = (more?: Partial<ServerOptions>): ServerOptions => serverOptions(home, more)

const start = async (more: Partial<ServerOptions> = {}): Promise<Server> => {
  const server = await openServer(options(more))
  servers.push(server)
  return server
}

const takePort = async (): Promise<number> => {
  const server = createServer()
  taken = server
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as { port: number }).port
}

describe('server: a start that fails', () => {
  it('server: leaves nothing behind when the port is taken', async () => {
    const port = await takePort()
    await expect(start({ listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    expect(existsSync(join(home, 'data'))).toBe(false)
    expect(existsSync(join(home, 'contexts.json'))).toBe(false)
  })

  it('server: lets go of the data when the port is taken, so that the next start has it', async () => {
    await (await start()).close()
    const port = await takePort()
    await expect(start({ listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    await expect(start()).resolves.toMatchObject({ host: '127.0.0.1' })
  })

  it('server: refuses data that another server uses, and leaves the context to that one', async () => {
    const first = await start()
    const before = await readContexts({ TOWLINE_HOME: home })
    await expect(start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
    expect(await readContexts({ TOWLINE_HOME: home })).toEqual(before)
    expect(before.contexts[0]?.url).toBe(first.url)
  })
})

describe('server: a start that succeeds', () => {
  it('server: leaves a current context that works', async () => {
    const { context } = await start()
    expect(await readContexts({ TOWLINE_HOME: home })).toEqual({ current: 'local', contexts: [context] })
    expect(await listTunnels(context)).toEqual([])
  })

  it('server: gives a one-time link, a new one at each start, while nobody owns it', async () => {
    verifies('account.first-run')
    const first = await start()
    expect(first.setupUrl).toMatch(new RegExp(`^http://localhost:${first.port}/setup/[A-Za-z0-9_-]{43}$`))
    expect((await fetch(first.setupUrl as string)).status).toBe(200)
    await first.close()
    const second = await start()
    expect((await fetch((first.setupUrl as string).replace(`:${first.port}/`, `:${second.port}/`))).status).toBe(404)
    expect((await fetch(second.setupUrl as string)).status).toBe(200)
  })

  it('server: keeps its owner across restarts, and makes a new one for other data', async () => {
    const first = await start()
    await first.close()
    const second = await start()
    expect(second.context.token).toBe(first.context.token)
    await second.close()
    const elsewhere = await start({ dir: join(home, 'other') })
    expect(elsewhere.context.token).not.toBe(first.context.token)
    expect(await listTunnels(elsewhere.context)).toEqual([])
  })
})
