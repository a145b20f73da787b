/** Proves `towline app-server` by processes: standard input, ports, sockets and the proxy to one; and what it does with garbage. */
import { realpathSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { eventually, start, tempFolder, towline, verifies, within } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dial, HELLO, onStdio, serversIn } from './served.ts'

let folder: ReturnType<typeof tempFolder>
let root: string
let servers: ReturnType<typeof serversIn>
beforeEach(() => {
  folder = tempFolder('app-server')
  root = realpathSync(folder.path)
  servers = serversIn(root)
})
afterEach(async () => {
  await servers.stop()
  folder.remove()
})

const START = { cwd: '/', sandbox: 'read-only' }

describe('app-server, on standard input and output', () => {
  it('serves one client, and ends with it', async () => {
    verifies('app.transports', 'app.initialize')
    const program = servers.begin()
    const client = onStdio(program)
    expect((await client.ask('thread/loaded/list')).error).toEqual({ code: -32600, message: 'Not initialized' })
    expect((await client.ask('initialize', HELLO)).result).toMatchObject({ codexHome: servers.home })
    const { thread } = (await client.ask('thread/start', START)).result
    expect((await client.ask('thread/loaded/list')).result.data).toEqual([thread.id])
    program.child.stdin?.end()
    expect(await program.ended()).toMatchObject({ status: 0, stderr: '' })
  })

  it('passes over lines that are no message', async () => {
    verifies('app.transports')
    const program = servers.begin('--stdio')
    const client = onStdio(program)
    for (const line of ['', 'garbage', '{"id":', '[1,2]', '\u0000\u0001', '{"method":5}']) client.send(line)
    expect((await client.ask('initialize', HELLO)).result.platformFamily).toBe('unix')
  })

  it('ends at a signal, with nothing left to do', async () => {
    verifies('app.health')
    const program = servers.begin()
    await onStdio(program).ask('initialize', HELLO)
    program.kill('SIGTERM')
    expect(await program.ended()).toMatchObject({ status: 0 })
  })
})

describe('app-server, by WebSocket', () => {
  it('serves several clients of a port', async () => {
    verifies('app.transports')
    const { url } = await servers.listen()
    const [one, two] = [await dial(url), await dial(`${url}/any/path?of=it`)]
    const { thread } = (await one.ask('thread/start', START)).result
    expect((await two.ask('thread/loaded/list')).result.data).toEqual([thread.id])
  })

  it('goes on after frames that are no message, and leaves who sends too much', async () => {
    verifies('app.transports')
    const { url } = await servers.listen()
    const client = await dial(url)
    client.send('garbage')
    client.socket.send(Buffer.from([1, 2, 3]), { binary: true })
    client.socket.ping()
    expect((await client.ask('thread/loaded/list')).result).toMatchObject({ data: [] })
    // A head that says more than is taken is enough.
    const broken = await dial(url)
    const { _socket: raw } = broken.socket as unknown as { readonly _socket: { write(bytes: Buffer): void } }
    const head = Buffer.alloc(14)
    head.set([0x81, 0xff])
    head.writeBigUInt64BE(BigInt(LIMITS.appUpstreamMessageBytes) + 1n, 2)
    raw.write(head)
    await within('its end', broken.closed())
    expect((await client.ask('thread/loaded/list')).result).toMatchObject({ data: [] })
  })

  it('lets go of sockets that are half closed or broken off in a request', async () => {
    verifies('app.transports')
    const { url } = await servers.listen()
    const { port } = new URL(url)
    for (const text of ['GET / HTTP/1.1\r\nhost: x\r\nupgr', '\u0016\u0003\u0001', 'nonsense\r\n\r\n']) {
      const socket = createConnection({ host: '127.0.0.1', port: Number(port) })
      socket.on('error', () => undefined)
      socket.end(text)
      socket.resume()
      await within('its end', new Promise((done) => socket.once('close', done)))
    }
    const client = await dial(url)
    client.send({ id: 'never', method: 'command/exec', params: { command: ['sleep', '305'], disableTimeout: true } })
    client.socket.terminate()
    const health = async (): Promise<unknown> => {
      const told = (await (await fetch(`${url.replace('ws', 'http')}/readyz`)).json()) as Record<string, unknown>
      return told['connections']
    }
    await eventually('that nobody is connected', async () => ((await health()) === 0 ? true : undefined))
  })

  it('listens on a socket of this user alone, after a kill too, and the proxy carries it', async () => {
    verifies('app.transports', 'app.auth.loopback')
    const path = join(servers.home, 'app-server-control', 'app-server-control.sock')
    const program = servers.begin('--listen', 'unix://')
    await eventually('its address', () => (program.stdout() === `unix:${path}\n` ? true : undefined))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await dial(`unix:${path}`)).told).toHaveLength(1)
    const busy = await servers.begin('--listen', 'unix://').ended()
    expect(busy).toMatchObject({ status: 5, stderr: expect.stringContaining('PORT_IN_USE') as string })
    program.kill('SIGKILL')
    await program.ended()
    const next = servers.begin('--listen', `unix://${path}`)
    await eventually('its address again', () => (next.stdout() === `unix:${path}\n` ? true : undefined))
    expect(await throughProxy(path)).toContain('101 Switching Protocols')
  })

  it.each([
    ['ws://localhost:0', 'expected `ws://IP:PORT`'],
    ['wss://127.0.0.1:0', 'unsupported --listen URL'],
    ['foo', 'unsupported --listen URL'],
  ])('does not take %s for an address', async (listen, problem) => {
    verifies('app.transports')
    const ended = await servers.begin('--listen', listen).ended()
    expect(ended).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(problem) as string })
  })
})

/** The head of the answer to an upgrade. */
const throughProxy = async (sock: string): Promise<string> => {
  await using proxy = start(towline('app-server', 'proxy', '--sock', sock), {
    env: { PATH: '/usr/bin:/bin', HOME: root },
  })
  const upgrade = [
    'GET /rpc HTTP/1.1',
    ...['host: localhost', 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'],
    `sec-websocket-key: ${Buffer.alloc(16).toString('base64')}`,
  ]
  proxy.child.stdin?.write(`${upgrade.join('\r\n')}\r\n\r\n`)
  const head = await eventually('an answer', () => (proxy.stdout().includes('\r\n\r\n') ? proxy.stdout() : undefined))
  proxy.child.stdin?.end()
  expect((await proxy.ended()).status).toBe(0)
  return head
}
