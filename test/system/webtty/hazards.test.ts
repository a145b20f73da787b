/** Proves what files do about what is no path: pipes, devices, full disks, killed processes, crowds, and a folder that goes away. */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { Agent, request } from 'node:http'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createFilesClient } from '@towline/webtty'
import { eventually, run, tempFolder, verifies, within } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, SECRET, serveFolder, url } from '../../../packages/webtty/src/files/files.fixture.ts'
import { CHANGES, READS, snapshot } from './hostile.ts'
import { buildServer } from './server.ts'

const isRoot = process.getuid?.() === 0
const temps = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('.towline-'))

let server: Awaited<ReturnType<typeof buildServer>>
beforeAll(async () => {
  server = await buildServer()
})
afterAll(() => server.remove())

describe('webtty fs attack 18: the served folder is not what it was', () => {
  it('is the one a link led to at the start, replaced or deleted', async () => {
    verifies('fs.confined')
    await using served = await serveFolder()
    symlinkSync(served.root, `${served.root}-link`)
    const linked = await served.reopen({ root: `${served.root}-link` })
    rmSync(`${served.root}-link`)
    symlinkSync(served.outside, `${served.root}-link`)
    expect((await linked.ask('GET', url('ls', '/'))).body.toString()).toContain('hello.txt')
    renameSync(served.root, `${served.root}-moved`)
    symlinkSync(served.outside, served.root)
    expect((await linked.ask('PUT', url('file', 'new'), { body: 'x' })).status).toBe(201)
    expect([existsSync(join(`${served.root}-moved`, 'new')), existsSync(join(served.outside, 'new'))]).toEqual([
      true,
      false,
    ])
    rmSync(`${served.root}-moved`, { recursive: true })
    expect((await linked.ask('PUT', url('file', 'new'), { body: 'x' })).code).toBe('FILE_NOT_FOUND')
    expect((await linked.ask('GET', url('ls', '/'))).json()).toEqual({ path: '/', entries: [] })
    rmSync(served.root)
    await linked[Symbol.asyncDispose]()
  })
})

describe('webtty fs attack 23: names of temporary files', () => {
  it('are made anew each time, and a link that was put there is not followed', async () => {
    verifies('fs.confined')
    await using served = await serveFolder()
    const names = new Set<string>()
    for (let round = 0; round < 20; round++) {
      const made = await served.ask('POST', url('uploads', `u${round}`), { headers: { 'upload-length': 1 } })
      const [name = ''] = temps(served.root)
      names.add(name)
      rmSync(join(served.root, name))
      symlinkSync(join(served.outside, 'secret'), join(served.root, name))
      const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': 0 }
      expect((await served.ask('PATCH', `/v1/${made.headers.location}`, { headers, body: 'x' })).code).toBe(
        'UPLOAD_UNKNOWN',
      )
      rmSync(join(served.root, name))
    }
    expect([names.size, readFileSync(join(served.outside, 'secret'), 'utf8')]).toEqual([20, SECRET])
  })
})

describe('webtty fs attack 24: what is no file', () => {
  it('is listed and removed, but never opened', async () => {
    verifies('fs.confined')
    await using served = await serveFolder()
    await run(['mkfifo', join(served.root, 'pipe')])
    const socket = createServer().listen(join(served.root, 'socket'))
    await eventually('the socket', () => (existsSync(join(served.root, 'socket')) ? true : undefined))
    if (isRoot) await run(['mknod', join(served.root, 'zero'), 'c', '1', '5'])
    const special = ['pipe', 'socket', ...(isRoot ? ['zero'] : [])]
    for (const path of special) {
      const aim = { coded: path, plain: path }
      for (const verb of ['read', 'head']) {
        const { code, headers } = await within(verb, (READS[verb] as (typeof READS)[string])(served.ask, aim))
        expect([path, verb, code ?? headers['towline-error']]).toEqual([path, verb, 'FILE_SPECIAL'])
      }
      for (const verb of ['write', 'upload', 'copy from', 'copy to']) {
        const { code } = await within(verb, (CHANGES[verb] as (typeof CHANGES)[string])(served.ask, aim))
        expect([path, verb, code]).toEqual([path, verb, 'FILE_SPECIAL'])
      }
      expect((await served.ask('GET', url('stat', path))).json()).toMatchObject({ type: 'special' })
    }
    expect((await served.ask('GET', '/v1/archive')).status).toBe(200)
    expect((await served.ask('POST', '/v1/search', json({ text: 'x' }))).status).toBe(200)
    for (const path of special) expect((await served.ask('DELETE', url('file', path))).status).toBe(204)
    await new Promise((resolve) => socket.close(resolve))
  })

  it('sends of a huge sparse file what was asked for', async () => {
    verifies('fs.range')
    await using served = await serveFolder()
    const fd = openSync(join(served.root, 'huge'), 'w')
    ftruncateSync(fd, 2 ** 42)
    writeSync(fd, 'end', 2 ** 42 - 3)
    closeSync(fd)
    const { status, body, headers } = await served.ask('GET', url('file', 'huge'), { headers: { range: 'bytes=-3' } })
    expect([status, body.toString(), headers['content-range']]).toEqual([
      206,
      'end',
      'bytes 4398046511101-4398046511103/4398046511104',
    ])
    expect((await served.ask('POST', '/v1/copy', json({ from: 'huge', to: 'x' }))).code).toBe('FILE_TOO_LARGE')
  })
})

describe('webtty fs attack 25: hard links', () => {
  it('are served as what they are, which the service says; writing leaves the other name alone', async () => {
    await using served = await serveFolder()
    linkSync(join(served.outside, 'secret'), join(served.root, 'hard'))
    expect((await served.ask('GET', url('stat', 'hard'))).json()).toMatchObject({ nlink: 2 })
    expect((await served.ask('PUT', url('file', 'hard'), { body: 'new' })).status).toBe(204)
    expect(readFileSync(join(served.outside, 'secret'), 'utf8')).toBe(SECRET)
  })
})

describe('webtty fs attacks 26, 27: moving over what is there', () => {
  it('takes no folder for a file and no file for a folder', async () => {
    verifies('fs.confined')
    await using served = await serveFolder()
    const move = async (from: string, to: string) =>
      (await served.ask('POST', '/v1/move', json({ from, to, overwrite: true }))).code
    expect(await move('a', 'hello.txt')).toBe('FILE_NOT_FOLDER')
    expect(await move('hello.txt', 'a')).toBe('FILE_IS_FOLDER')
    expect(await move('a', 'a/b')).toBe('FILE_INTO_ITSELF')
    expect(await move('../outside/secret', 'x')).toBe('FILE_OUTSIDE')
    expect(await move('hello.txt', '../outside/x')).toBe('FILE_OUTSIDE')
    expect(readdirSync(served.outside).toSorted()).toEqual(['b', 'secret'])
  })
})

describe('webtty fs attack 31: kill -9', () => {
  it('in the middle of a PUT leaves the old content, and the next start takes the rest away', async () => {
    verifies('fs.atomic')
    using temp = tempFolder('kill')
    const [root, state] = [join(temp.path, 'served'), join(temp.path, 'state')]
    mkdirSync(join(root, 'deep'), { recursive: true })
    writeFileSync(join(root, 'deep', 'file'), 'the old content')
    const first = await server.start({ root, state })
    const socket = connect(first.port, '127.0.0.1').on('error', () => {})
    socket.write('PUT /v1/file?path=deep/file HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n')
    socket.write(Buffer.alloc(4 * 1024 * 1024))
    const half = await eventually('half a file', () => {
      const [name] = temps(join(root, 'deep'))
      return name !== undefined && lstatSync(join(root, 'deep', name)).size > 1_000_000 ? name : undefined
    })
    await first.kill()
    socket.destroy()
    expect([readFileSync(join(root, 'deep', 'file'), 'utf8'), temps(join(root, 'deep'))]).toEqual([
      'the old content',
      [half],
    ])
    const second = await server.start({ root, state })
    expect([readdirSync(join(root, 'deep')), readdirSync(join(state, 'temps'))]).toEqual([['file'], []])
    await second.kill()
  })

  it('at any moment of many writes leaves a whole content', async () => {
    verifies('fs.atomic')
    using temp = tempFolder('kill')
    const [root, state] = [join(temp.path, 'served'), join(temp.path, 'state')]
    mkdirSync(root)
    const content = (n: number): string => `${n}\n`.repeat(20_000)
    writeFileSync(join(root, 'file'), content(0))
    for (let round = 0; round < 10; round++) {
      const { port, kill } = await server.start({ root, state })
      const client = createFilesClient({
        base: '',
        createConnection: () => Promise.resolve(connect(port, '127.0.0.1')),
      })
      let acknowledged = -1
      const writing = (async () => {
        for (let n = round * 1_000; ; n++) {
          await client.write('file', Buffer.from(content(n)))
          acknowledged = n
        }
      })().catch(() => 'cut')
      await eventually('some writes', () => (acknowledged >= round * 1_000 + round ? true : undefined))
      await kill()
      await writing
      client.close()
      const found = readFileSync(join(root, 'file'), 'utf8')
      const number = Number.parseInt(found, 10)
      expect([found === content(number), number >= acknowledged]).toEqual([true, true])
    }
  })

  it('in the middle of an upload keeps what arrived for the next start', async () => {
    verifies('fs.range')
    using temp = tempFolder('kill')
    const [root, state, local] = [join(temp.path, 'served'), join(temp.path, 'state'), join(temp.path, 'local')]
    mkdirSync(root)
    const bytes = Buffer.alloc(24 * 1024 * 1024, 'towline')
    writeFileSync(local, bytes)
    let running = await server.start({ root, state })
    let killed = 0
    let seen = 0
    const createConnection = () => Promise.resolve(connect(running.port, '127.0.0.1'))
    const client = createFilesClient({
      base: '',
      createConnection,
      wait: async () => {
        await restarting
      },
    })
    let restarting: Promise<void> = Promise.resolve()
    const restart = async (): Promise<void> => {
      await running.kill()
      running = await server.start({ root, state })
    }
    const onProgress = (sent: number): void => {
      if (killed < 2 && sent > seen + 6 * 1024 * 1024) {
        seen = sent
        killed++
        restarting = restart()
      }
    }
    const done = await client.upload(local, 'file', { onProgress })
    client.close()
    expect([killed, done.digest]).toEqual([2, createHash('sha256').update(bytes).digest('base64')])
    expect([readFileSync(join(root, 'file')).equals(bytes), temps(root)]).toEqual([true, []])
    await running.kill()
  })
})

describe('webtty fs attack 32: a full disk', () => {
  it('is told as what it is, and leaves the old content and no rest', async ({ skip }) => {
    verifies('fs.atomic')
    using temp = tempFolder('full')
    const root = join(temp.path, 'served')
    mkdirSync(root)
    const mounted = await run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root])
    if (mounted.status !== 0) skip('this user may not mount')
    try {
      await using served = await serveFolder()
      const full = await served.reopen({ root })
      writeFileSync(join(root, 'file'), 'old')
      const body = Buffer.alloc(2 * 1024 * 1024)
      const put = await full.ask('PUT', url('file', 'file'), { body })
      expect([put.status, put.code]).toEqual([507, 'FILE_NO_SPACE'])
      const made = await full.ask('POST', url('uploads', 'file'), { headers: { 'upload-length': body.length } })
      const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': 0 }
      expect((await full.ask('PATCH', `/v1/${made.headers.location}`, { headers, body })).code).toBe('FILE_NO_SPACE')
      expect((await full.ask('DELETE', `/v1/${made.headers.location}`)).status).toBe(204)
      expect([readdirSync(root), readFileSync(join(root, 'file'), 'utf8')]).toEqual([['file'], 'old'])
      expect((await full.ask('PUT', url('file', 'file'), { body: 'new' })).status).toBe(204)
      await full[Symbol.asyncDispose]()
    } finally {
      await run(['umount', root])
    }
  })
})

describe('webtty fs attack 33: read-only', () => {
  it('refuses every change, and headers that name another method do nothing', async () => {
    verifies('fs.readonly')
    await using served = await serveFolder({ readOnly: true })
    const before = snapshot(served.root)
    const aim = { coded: 'hello.txt', plain: 'hello.txt' }
    for (const [verb, change] of Object.entries(CHANGES)) {
      const { status, code } = await change(served.ask, aim)
      expect([verb, status, code]).toEqual([verb, 403, 'FILE_READ_ONLY'])
    }
    for (const method of ['PATCH', 'HEAD', 'DELETE']) {
      const { status, headers } = await served.ask(method, '/v1/uploads/abc')
      expect([method, status, headers['towline-error']]).toEqual([method, 403, 'FILE_READ_ONLY'])
    }
    for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override', '_method']) {
      const headers = { [header]: 'DELETE' }
      expect((await served.ask('GET', url('file', 'hello.txt'), { headers })).body.toString()).toBe('hello')
      expect((await served.ask('POST', url('file', 'hello.txt'), { headers })).code).toBe('METHOD_UNSUPPORTED')
    }
    expect((await served.ask('GET', '/v1/info')).json()).toMatchObject({ readOnly: true })
    expect([snapshot(served.root), existsSync(served.state)]).toEqual([before, false])
  })
})

describe('webtty fs attack 39: twins', () => {
  it('of another case are other files, as are those of another normal form', async () => {
    verifies('fs.confined')
    await using served = await serveFolder()
    for (const name of ['Twin', 'twin', 'caf\u00e9', 'cafe\u0301']) {
      expect(
        (await served.ask('PUT', url('file', name), { headers: { 'if-none-match': '*' }, body: name })).status,
      ).toBe(201)
    }
    expect((await served.ask('GET', url('file', 'twin'))).body.toString()).toBe('twin')
  })
})

describe('webtty fs: what this user may not do', () => {
  // Nothing is closed to root.
  it.skipIf(isRoot)('looks like what lies outside', async () => {
    await using served = await serveFolder()
    chmodSync(join(served.root, 'a'), 0)
    const [denied, outside] = [
      await served.ask('GET', url('file', 'a/b/f')),
      await served.ask('GET', url('file', '../x')),
    ]
    expect([denied.status, denied.body.toString()]).toEqual([outside.status, outside.body.toString()])
    chmodSync(join(served.root, 'a'), 0o755)
  })
})

describe('webtty fs attack 41: crowds and slow senders', () => {
  it('breaks off a PUT on which nothing moves, and keeps no rest of it', async () => {
    await using served = await serveFolder({ limits: { filesIdleMs: 100 } })
    const req = request({
      port: served.port,
      host: '127.0.0.1',
      method: 'PUT',
      path: url('file', 'slow'),
      headers: { 'content-length': 10 },
    })
    req.write('x')
    await within('its end', new Promise((resolve) => req.once('error', resolve)))
    await eventually('the rest', () => (temps(served.root).length === 0 ? true : undefined))
    expect(existsSync(join(served.root, 'slow'))).toBe(false)
  })

  it('answers 10,000 listings at once, or says that they are too many', async () => {
    await using served = await serveFolder({ limits: { filesWaiting: 128 } })
    // Fewer than a listener lets wait to be accepted; each asks again as soon as it is answered.
    const agent = new Agent({ keepAlive: true, maxSockets: 400 })
    const ls = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const req = request({ port: served.port, host: '127.0.0.1', path: '/v1/ls?depth=4', agent }, (res) => {
          res.resume().once('end', () => resolve(res.statusCode ?? 0))
        })
        req.once('error', reject).end()
      })
    const statuses = await Promise.all(Array.from({ length: 10_000 }, ls))
    agent.destroy()
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([])
    expect(statuses).toContain(200)
    expect((await served.ask('GET', '/v1/ls')).status).toBe(200)
  }, 180_000)
})

describe('webtty fs: long files', () => {
  it('of a gigabyte go through in flat memory', async () => {
    verifies('fs.range')
    using temp = tempFolder('long')
    const [root, state] = [join(temp.path, 'served'), join(temp.path, 'state')]
    mkdirSync(root)
    const fd = openSync(join(root, 'long'), 'w')
    ftruncateSync(fd, 1024 * 1024 * 1024)
    closeSync(fd)
    const { port, child, kill } = await server.start({ root, state, rssMax: 200 * 1024 * 1024 })
    const client = createFilesClient({ base: '', createConnection: () => Promise.resolve(connect(port, '127.0.0.1')) })
    const { body } = await client.read('long')
    let bytes = 0
    for await (const part of body) bytes += (part as Buffer).length
    await client.upload(join(root, 'long'), 'copy')
    client.close()
    expect([bytes, lstatSync(join(root, 'copy')).size, child.exitCode]).toEqual([2 ** 30, 2 ** 30, null])
    await kill()
  })
})
