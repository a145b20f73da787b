/** Proves where a supervisor lives and how it is found: places that are refused, long paths, strangers, versions, failed starts. */
import { chmod, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { silentLog } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { eventually, type TempFolder, tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDaemon } from './daemon.ts'
import { type Local, openLocal } from './local.fixture.ts'
import { localPlace, openFolder, readWhere, writeWhere } from './place.ts'
import { askerEnv } from './asker-env.ts'
import { daemonEnv } from './daemon-env.ts'
import { openSupervisor, type Supervisor } from './supervisor.ts'

let folder: TempFolder
beforeEach(() => {
  folder = tempFolder('place')
})
afterEach(() => folder.remove())

const envOf = (home = folder.path) => ({ TOWLINE_HOME: home })
const supervisorOf = (program: readonly string[] = [], more: object = {}): Supervisor =>
  openSupervisor({ env: envOf(), program, agent: 'towline-test/1', limits: { ...LIMITS, ...more } })
const question = { tool: 't', fingerprint: 'f', summary: 's', request: '{}', agent: 'a', secondsToLive: 60 }

describe('local place: refusals', () => {
  it('local place: refuses a folder that others may enter, and says how to close it', async () => {
    const place = localPlace(envOf())
    await mkdir(place.folder)
    await chmod(place.folder, 0o755)
    await expect(openFolder(place)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { problem: `others may enter it; run: chmod 700 ${place.folder}` },
    })
    await writeFile(place.where, '{"supervisorId":"sup_x","socket":"/x","pid":1}', { mode: 0o600 })
    await expect(supervisorOf().listLocal()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('local place: refuses a link in place of the folder', async () => {
    const place = localPlace(envOf())
    await mkdir(join(folder.path, 'elsewhere'), { mode: 0o700 })
    await symlink(join(folder.path, 'elsewhere'), place.folder)
    await expect(openFolder(place)).rejects.toMatchObject({ details: { problem: 'it is not a folder' } })
  })

  it('local supervisor: tells what its start printed where, when it does not start', async () => {
    const { log } = localPlace(envOf())
    await expect(supervisorOf(['/nowhere/at/all']).askApproval(question)).rejects.toMatchObject({
      code: 'LOCAL_START_FAILED',
      details: { problem: 'ENOENT', log },
    })
    const dying = [process.execPath, '-e', 'console.error("no luck"); process.exit(3)']
    await expect(supervisorOf(dying).askApproval(question)).rejects.toMatchObject({
      code: 'LOCAL_START_FAILED',
      details: { problem: 'it ended with 3', log },
    })
    expect(await readFile(log, 'utf8')).toContain('no luck')
  })
})

describe('local supervisor: found by its socket and id', () => {
  let server: Server
  const sockets: Socket[] = []
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    if (server?.listening) await new Promise<void>((done) => server.close(() => done()))
  })

  /** Someone at the socket where a supervisor is said to be. */
  const pretend = async (onSocket: (socket: Socket) => void, below?: string): Promise<void> => {
    const place = localPlace(envOf())
    await openFolder(place)
    const socket = join(below ?? place.folder, 'x.sock')
    server = createServer((one) => {
      sockets.push(one)
      one.on('error', () => undefined)
      onSocket(one)
    })
    await new Promise<void>((done) => server.listen(socket, done))
    await writeWhere(place, { supervisorId: 'sup_x', socket, pid: 4711 })
  }
  const hello = {
    towline: 'local',
    wire: 1,
    supervisorId: 'sup_x',
    program: 'p/1',
    pid: 4711,
    tunnels: 0,
    approvals: 0,
  }
  const say = (socket: Socket, value: object): void => void socket.write(`${JSON.stringify(value)}\n`)

  it('local supervisor: is no other process that got its socket or number', async () => {
    verifies('mcp.local.list-stop')
    let heard = ''
    await pretend((socket) => {
      socket.on('data', (part: Buffer) => (heard += part.toString()))
      say(socket, { ...hello, supervisorId: 'sup_other' })
    })
    await expect(supervisorOf().stopLocal('x')).rejects.toMatchObject({ code: 'LOCAL_UNKNOWN' })
    expect(heard).toBe('')
  })

  it.each([
    ['that others may enter', async (at: string) => mkdir(at).then(() => chmod(at, 0o755))],
    ['that others may write', async (at: string) => mkdir(at).then(() => chmod(at, 0o777))],
    [
      'behind a link',
      async (at: string) => {
        await mkdir(`${at}-real`, { mode: 0o700 })
        await symlink(`${at}-real`, at)
      },
    ],
  ] as const)(
    'local supervisor: is not looked for in a folder %s, as somebody else could wait there',
    async (_, make) => {
      verifies('mcp.local.expose')
      const at = join(folder.path, 'made')
      await make(at)
      let visits = 0
      await pretend((socket) => {
        visits += 1
        say(socket, hello)
      }, at)
      expect(await supervisorOf().listLocal()).toEqual([])
      await expect(supervisorOf([]).askApproval(question)).rejects.toMatchObject({ code: 'LOCAL_START_FAILED' })
      const daemon = await openDaemon({ env: envOf(), agent: 'towline-test/1', log: silentLog() })
      await daemon?.close()
      expect(visits).toBe(0)
      // What is there is not ours to remove.
      expect(await readdir(at)).toEqual(['x.sock'])
    },
  )

  it('local supervisor: that does not answer is told, with its process and log, and not replaced', async () => {
    await pretend(() => undefined)
    const silent = { code: 'LOCAL_SILENT', details: { pid: 4711, log: localPlace(envOf()).log } }
    await expect(supervisorOf([], { localHelloMs: 30 }).listLocal()).rejects.toMatchObject(silent)
    const limits = { ...LIMITS, localHelloMs: 30 }
    await expect(openDaemon({ env: envOf(), agent: 'x', log: silentLog(), limits })).rejects.toMatchObject(silent)
  })

  it('local supervisor: of another version that keeps something is told, with what to do', async () => {
    await pretend((socket) => {
      say(socket, { ...hello, wire: 2, program: 'towline-cli/9.0.0', tunnels: 3 })
      socket.on('data', () => say(socket, { answer: { retired: false } }))
    })
    await expect(supervisorOf().listLocal()).rejects.toMatchObject({
      code: 'LOCAL_VERSION',
      details: { theirs: 'towline-cli/9.0.0', ours: 'towline-test/1', tunnels: 3, approvals: 0 },
      next: expect.stringContaining('towline local stop --all'),
    })
  })

  it('local supervisor: of another version is ended with all it keeps by stopping all', async () => {
    const heard: string[] = []
    await pretend((socket) => {
      say(socket, { ...hello, wire: 2, tunnels: 3 })
      socket.on('data', (part: Buffer) => {
        heard.push(part.toString())
        say(socket, { answer: { retired: true } })
      })
    })
    expect(await supervisorOf().stopAllLocal()).toEqual([])
    expect(heard.map((line) => JSON.parse(line))).toEqual([{ op: 'retire', input: { force: true } }])
  })

  it('local supervisor: of another program that keeps nothing makes room', async () => {
    const heard: string[] = []
    await pretend((socket) => {
      if (heard.length > 0) return void socket.destroy()
      say(socket, { ...hello, program: 'towline-test/0' })
      socket.on('data', (part: Buffer) => {
        heard.push(part.toString())
        say(socket, { answer: { retired: true } })
      })
    })
    // Its own program cannot be started here.
    await expect(supervisorOf([]).askApproval(question)).rejects.toMatchObject({ code: 'LOCAL_START_FAILED' })
    expect(heard.map((line) => JSON.parse(line))).toEqual([{ op: 'retire', input: { force: false } }])
  })

  it('local supervisor: that ends before it answers is told', async () => {
    await pretend((socket) => {
      say(socket, { ...hello, program: 'towline-test/1' })
      socket.on('data', () => socket.end())
    })
    await expect(supervisorOf().listLocal()).rejects.toMatchObject({ code: 'LOCAL_GONE' })
  })
})

describe('local supervisor: its socket', () => {
  let local: Local | undefined
  afterEach(async () => {
    await local?.[Symbol.asyncDispose]()
    local = undefined
  })

  it('local supervisor: is not held up by whoever never closes its side', async () => {
    local = await openLocal({ localCalls: 1, localHelloMs: 500 })
    const stuck = connect({ path: local.daemon.socket, allowHalfOpen: true }).on('error', () => undefined)
    stuck.resume().write('{"op":"list","input":{}}\n')
    await new Promise((done) => stuck.once('end', done))
    const listed = await eventually('a place', () => local?.supervisor.listLocal().catch(() => undefined))
    expect(listed).toEqual([])
    stuck.destroy()
  })

  it('local supervisor: answers also where the path of its home is too long for a socket', async () => {
    const home = join(folder.path, 'h'.repeat(120))
    const daemon = await openDaemon({ env: envOf(home), agent: 'towline-test/1', log: silentLog() })
    const asker = openSupervisor({ env: envOf(home), program: [], agent: 'towline-test/1' })
    const socket = daemon?.socket ?? ''
    expect(Buffer.byteLength(socket)).toBeLessThan(100)
    expect((await asker.askApproval(question)).id).toMatch(/^apl_/)
    await daemon?.close()
    await expect(readdir(dirname(socket))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('local supervisor: follows one that died and left its socket', async () => {
    local = await openLocal()
    const place = localPlace(local.env)
    const where = await readWhere(place)
    await local.daemon.close()
    const left = join(place.folder, 'left.sock')
    await writeFile(left, '')
    await writeWhere(place, { supervisorId: 'sup_dead', socket: left, pid: where?.pid ?? 0 })
    await local.again()
    expect(await local.supervisor.listLocal()).toEqual([])
    expect(await readdir(place.folder)).not.toContain('left.sock')
  })

  it('local supervisor: sets a state that nobody can read aside', async () => {
    local = await openLocal()
    const place = localPlace(local.env)
    await local.daemon.close()
    await writeFile(place.state, '{"version":1,"tunnels":[{"id":7}]}', { mode: 0o600 })
    await local.again()
    expect(await local.supervisor.listLocal()).toEqual([])
    expect(await readFile(`${place.state}.broken`, 'utf8')).toContain('"id":7')
  })

  it('local supervisor: refuses a request that is too long, and goes on', async () => {
    local = await openLocal()
    const { supervisor, limits } = local
    const long = { ...question, request: 'x'.repeat(limits.localRequestBytes) }
    await expect(supervisor.askApproval(long)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect(await supervisor.listApprovals()).toEqual([])
  })

  it('local supervisor: refuses more calls at once than it takes', async () => {
    local = await openLocal({ localCalls: 1 })
    local.onTunnel = () => undefined
    const leaving = new AbortController()
    const { supervisor, port, daemon } = local
    const asked = supervisor.exposeLocal({ port }, { signal: leaving.signal }).catch(() => undefined)
    const { tunnels } = local
    await eventually('the first call', () => tunnels[0])
    await expect(supervisor.listLocal()).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    leaving.abort()
    await asked
    await daemon.close()
  })
})

describe('local supervisor: variables', () => {
  it('local supervisor: gets neither tokens nor servers in its environment, but with each call', () => {
    const env = {
      ...{ PATH: '/bin', HOME: '/home/a', TOWLINE_TOKEN: 'tow_x', TOWLINE_URL: 'https://a', OPENAI_API_KEY: 'sk' },
      ...{ https_proxy: 'http://p', TOWLINE_HOME: 'rel', TOWLINE_CA_FILE: 'ca.pem' },
    }
    expect(daemonEnv(env)).toEqual({
      ...{ PATH: '/bin', HOME: '/home/a', https_proxy: 'http://p', TOWLINE_HOME: join(process.cwd(), 'rel') },
    })
    expect(askerEnv(env)).toEqual({
      ...{ TOWLINE_TOKEN: 'tow_x', TOWLINE_URL: 'https://a', TOWLINE_CA_FILE: join(process.cwd(), 'ca.pem') },
    })
  })
})
