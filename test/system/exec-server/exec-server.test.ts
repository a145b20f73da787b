/** Proves `towline exec-server` by processes: real sandboxes, real terminals, who gets in, and a bridge over a broken network. */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { request, type RequestOptions } from 'node:http'
import { connect as connectSocket, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eventually, type Program, start, tempFolder, towline, verifies, within } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

// oxlint-disable-next-line typescript/no-explicit-any -- messages as they were sent
type Told = any

let folder: ReturnType<typeof tempFolder>
let root: string
let programs: Program[]
beforeEach(() => {
  folder = tempFolder('exec-server')
  root = realpathSync(folder.path)
  programs = []
})
afterEach(async () => {
  for (const program of programs.reverse()) await program.stop()
  folder.remove()
})

const begin = (...words: readonly string[]): Program => {
  const env = { PATH: '/usr/bin:/bin', HOME: root, TOWLINE_HOME: join(root, 'state') }
  const program = start(towline(...words), { env, cwd: root })
  programs.push(program)
  return program
}

/** Speaks to a program on its standard input and output. */
const talk = (program: Program) => {
  const told = (): readonly Told[] => program.lines as readonly Told[]
  let id = 0
  return {
    told,
    ask: async (method: string, params: object = {}): Promise<Told> => {
      const own = ++id
      program.child.stdin?.write(`${JSON.stringify({ id: own, method, params })}\n`)
      return await eventually(`the answer to ${method}`, () => told().find((one) => one.id === own))
    },
    said: async (processId: string): Promise<string> => {
      await eventually(`the end of ${processId}`, () =>
        told().find(({ method, params }) => method === 'process/closed' && params.processId === processId),
      )
      const chunks = told().filter(
        ({ method, params }) => method === 'process/output' && params.processId === processId,
      )
      return chunks.map(({ params }) => Buffer.from(params.chunk, 'base64').toString()).join('')
    },
  }
}

const cwd = (): string => pathToFileURL(root).href
const command = (processId: string, script: string, more: object = {}) => ({
  ...{ processId, argv: ['/bin/bash', '-c', script], cwd: cwd(), env: {}, tty: false },
  ...more,
})
const special = (kind: string, access: string, subpath?: string) => ({
  path: { type: 'special', value: { kind, ...(subpath !== undefined && { subpath }) } },
  access,
})
const sandbox = (network: string, ...entries: readonly object[]) => ({
  permissions: { type: 'managed', network, file_system: { type: 'restricted', entries } },
  workspaceRoots: [pathToFileURL(join(root, 'work')).href],
})

describe('exec-server, on standard input and output', () => {
  it('keeps a command to what its sandbox holds', async () => {
    verifies('execd.sandbox')
    mkdirSync(join(root, 'work'))
    mkdirSync(join(root, 'hidden'))
    const { ask, said } = talk(begin('exec-server'))
    await ask('initialize', { clientName: 'test' })
    const rules = sandbox(
      'restricted',
      special('root', 'read'),
      special('project_roots', 'write'),
      special('project_roots', 'read', '.git'),
      { path: { type: 'path', path: join(root, 'hidden') }, access: 'deny' },
    )
    const script = `echo in > work/in; echo out > out; echo x > work/.git/x; ls hidden; grep -c : /proc/net/dev; exit 0`
    expect((await ask('process/start', command('p', script, { sandbox: rules }))).result.sandboxType).toBe(
      'linuxSeccomp',
    )
    const text = await said('p')
    expect(text.match(/Read-only file system|Permission denied/g)).toHaveLength(3)
    expect(text).toMatch(/^1$/m)
    expect(['work/in', 'out', 'work/.git'].map((name) => existsSync(join(root, name)))).toEqual([true, false, false])
  })

  it('lets a command without a network reach no service by a socket in a file', async () => {
    verifies('execd.sandbox')
    const path = join(root, 'service.sock')
    const service: Server = createServer((socket) => socket.end('reached'))
    await new Promise<void>((done) => service.listen(path, done))
    const { ask, said } = talk(begin('exec-server'))
    await ask('initialize', { clientName: 'test' })
    const script = `exec python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("${path}"); print(s.recv(9))'`
    for (const network of ['enabled', 'restricted'])
      await ask('process/start', command(network, script, { sandbox: sandbox(network, special('root', 'read')) }))
    expect(await said('enabled')).toBe("b'reached'\n")
    expect(await said('restricted')).toContain('Operation not permitted')
    await new Promise((done) => service.close(done))
  })

  it('runs a terminal, and ends what a command left behind', async () => {
    const { ask, said } = talk(begin('exec-server'))
    await ask('initialize', { clientName: 'test' })
    await ask('process/start', command('tty', 'read line; echo "got $line"; tty', { tty: true }))
    await ask('process/write', { processId: 'tty', chunk: Buffer.from('hi\n').toString('base64'), writeId: '1' })
    expect(await said('tty')).toMatch(/got hi\r\n\/dev\/pts\/\d+/)
    await ask('process/start', command('left', 'setsid sleep 300 & echo $! > left.pid; wait'))
    await eventually('the one left behind', () => (existsSync(join(root, 'left.pid')) ? true : undefined))
    expect((await ask('process/terminate', { processId: 'left' })).result).toEqual({ running: true })
    await said('left')
    await eventually('its end', () => (running('sleep 300') ? undefined : true))
  })

  it('ends when its client is gone', async () => {
    const program = begin('exec-server')
    const { ask } = talk(program)
    await ask('initialize', { clientName: 'test' })
    await ask('process/start', command('p', 'sleep 301'))
    program.child.stdin?.end()
    expect((await program.ended()).status).toBe(0)
    expect(running('sleep 301')).toBe(false)
  })
})

/** RFC 6455 §4.1. */
const UPGRADE = {
  ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
  'sec-websocket-key': Buffer.alloc(16).toString('base64'),
}

describe('exec-server, by WebSocket', () => {
  /** The status of an answer, or `open`. */
  const refusal = (where: RequestOptions, path = '/', headers: Readonly<Record<string, string>> = {}) =>
    within(
      'an answer',
      new Promise<number | string>((done, fail) => {
        const asked = request({
          ...{ ...where, path, agent: false },
          headers: { ...UPGRADE, ...headers },
        })
        asked.once('upgrade', (_response, socket) => {
          socket.destroy()
          done('open')
        })
        asked.once('response', ({ statusCode = 0 }) => done(statusCode))
        asked.once('error', fail)
        asked.end()
      }),
    )

  it('opens for who has the token, and for no page', async () => {
    verifies('execd.protocol')
    const program = begin('exec-server', '--listen', '127.0.0.1:0')
    const [, url = '', token = ''] = await eventually(
      'its address',
      () => /^(ws:\/\/\S+)\ntoken (\S+)\n/.exec(program.stdout()) ?? undefined,
    )
    const { port } = new URL(url)
    const where = { host: '127.0.0.1', port }
    const authorization = `Bearer ${token}`
    expect(await refusal(where)).toBe(401)
    expect(await refusal(where, '/', { authorization: 'Bearer wrong' })).toBe(401)
    expect(await refusal(where, '/wrong')).toBe(401)
    expect(await refusal(where, '/', { authorization, origin: 'http://127.0.0.1' })).toBe(403)
    expect([await refusal(where, '/', { authorization }), await refusal(where, `/${token}`)]).toEqual(['open', 'open'])
    expect((await fetch(`${url.replace('ws', 'http')}/readyz`)).status).toBe(200)
  })

  it('listens on a socket of this user alone, after a kill too, and nowhere but on this machine', async () => {
    const path = join(root, 'exec.sock')
    const program = begin('exec-server', '--listen', `unix:${path}`)
    await eventually('its address', () => (program.stdout() === `unix:${path}\n` ? true : undefined))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await refusal({ socketPath: path })).toBe('open')
    program.child.kill('SIGKILL')
    await program.ended()
    const next = begin('exec-server', '--listen', `unix:${path}`)
    await eventually('its address again', () => (next.stdout() === `unix:${path}\n` ? true : undefined))
    expect((await begin('exec-server', '--listen', '0.0.0.0:0').ended()).status).toBe(2)
  })
})

describe('exec-server, bridged', () => {
  /** Breaks once, in the middle of what the machine says. */
  const breaking = async (path: string, to: string, word: string): Promise<{ server: Server; count: () => number }> => {
    let [count, isBroken] = [0, false]
    const server = createServer((near) => {
      count += 1
      const far = connectSocket(to)
      for (const socket of [near, far]) socket.on('error', () => undefined)
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroy())
      near.pipe(far)
      far.on('data', (bytes: Buffer) => {
        if (isBroken || !bytes.includes(word)) return near.write(bytes)
        isBroken = true
        return near.destroy()
      })
    })
    await new Promise<void>((done) => server.listen(path, done))
    return { server, count: () => count }
  }

  it('loses nothing when the network to the machine breaks', async () => {
    verifies('execd.bridge', 'execd.resume')
    const [machine, between] = [join(root, 'machine.sock'), join(root, 'between.sock')]
    const served = begin('webtty', 'server', '--listen', `unix:${machine}`)
    await eventually('the machine', () => (served.stdout().includes('online') ? true : undefined))
    const network = await breaking(between, machine, Buffer.from('tick2\n').toString('base64'))
    const bridge = begin('exec-server', 'bridge', `unix:${between}`)
    const { ask, said } = talk(bridge)
    await ask('initialize', { clientName: 'test' })
    await ask('process/start', command('p', 'for i in 1 2 3 4 5; do echo tick$i; sleep 0.2; done; echo END'))
    expect(await said('p')).toBe('tick1\ntick2\ntick3\ntick4\ntick5\nEND\n')
    // One to learn how the program is started there, one that broke, one after.
    expect(network.count()).toBe(3)
    bridge.child.stdin?.end()
    expect((await bridge.ended()).status).toBe(0)
    network.server.close()
  })
})

/** Whether some process runs these words. */
const running = (words: string): boolean =>
  readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && commandOf(pid) === words)

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
