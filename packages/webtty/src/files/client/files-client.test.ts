/** Proves the client: its verbs, transfers that go on after a cut, and what it refuses to call done. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Duplex, Readable } from 'node:stream'
import { join } from 'node:path'
import { AppError } from '@towline/protocol'
import { tempFolder, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { createFilesClient } from './files-client.ts'
import { type ServedFolder, serveFolder } from '../files.fixture.ts'

const MiB = 1024 * 1024
const text = async (body: Readable): Promise<string> => Buffer.concat(await body.toArray()).toString()
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64')

/** Connections that break once so many bytes went one way, so many times; then they stay. */
const breaking = ({ port }: ServedFolder, { sent = Infinity, received = Infinity, times = 1 }) => {
  const state = { left: times, made: 0 }
  const createConnection = (): Promise<Duplex> =>
    new Promise((resolve) => {
      state.made++
      const socket: Socket = connect(port, '127.0.0.1')
      let [up, down] = [0, 0]
      const look = (): void => {
        if (state.left === 0 || (up < sent && down < received)) return
        state.left--
        socket.destroy()
      }
      const duplex = new Duplex({
        read: () => void socket.resume(),
        write: (bytes: Buffer, _, done) => {
          up += bytes.length
          if (!socket.write(bytes)) socket.once('drain', look)
          look()
          done()
        },
        final: (done) => void socket.end(done),
        destroy: (error, done) => {
          socket.destroy()
          done(error)
        },
      })
      socket.on('data', (bytes: Buffer) => {
        down += bytes.length
        if (!duplex.push(bytes)) socket.pause()
        look()
      })
      socket
        .on('end', () => duplex.push(null))
        .on('close', () => duplex.destroy())
        .on('error', () => {})
      resolve(duplex)
    })
  return { createConnection, state }
}

describe('webtty files client: refusals', () => {
  it('throws what the service refuses with', async () => {
    await using served = await serveFolder()
    const client = served.client()
    const refused = [
      [() => client.stat('none'), 'FILE_NOT_FOUND'],
      [() => client.ls('hello.txt'), 'FILE_NOT_FOLDER'],
      [() => client.read('../x'), 'FILE_OUTSIDE'],
      [() => client.write('a', Buffer.from('x')), 'FILE_IS_FOLDER'],
      [() => client.mkdir('a'), 'FILE_EXISTS'],
      [() => client.rm('a'), 'FILE_NOT_EMPTY'],
      [() => client.mv('none', 'x'), 'FILE_NOT_FOUND'],
      [() => client.read('hello.txt', { offset: 9 }), 'FILE_RANGE_INVALID'],
      [() => client.upload('/none', 'x'), 'ENOENT'],
      [() => client.upload(served.root, 'x'), 'FILE_IS_FOLDER'],
      [() => client.download('a', join(served.outside, 'x')), 'FILE_IS_FOLDER'],
      [() => client.download('hello.txt', join(served.outside, 'none', 'x')), 'ENOENT'],
    ] as const
    for (const [asked, code] of refused) await expect(asked()).rejects.toMatchObject({ code })
  })

  it('throws what kept it from connecting, and who did not answer', async () => {
    await using served = await serveFolder()
    const offline = served.client({ createConnection: () => Promise.reject(new AppError('TUNNEL_UNKNOWN')) })
    await expect(offline.info()).rejects.toMatchObject({ code: 'TUNNEL_UNKNOWN' })
    const refused = served.client({ createConnection: () => Promise.reject(new Error('refused')), url: 'tow://lab' })
    await expect(refused.info()).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      details: { url: 'tow://lab', problem: 'refused' },
    })
    const retried = refused.upload(join(served.root, 'hello.txt'), 'x')
    await expect(retried).rejects.toMatchObject({ code: 'FILE_TRANSFER_CUT', details: { offset: 0, tries: 9 } })
  })
})

describe('webtty files client', () => {
  it('takes back what it has uploaded when there is no room for the rest', async () => {
    using temp = tempFolder('client')
    const local = join(temp.path, 'local')
    writeFileSync(local, randomBytes(MiB))
    const asked: string[] = []
    const full = createServer((req, res) => {
      asked.push(`${req.method} ${req.url?.split('?')[0]}`)
      req.resume()
      if (req.method === 'POST') return res.writeHead(201, { location: 'uploads/u1' }).end()
      if (req.method === 'DELETE') return res.writeHead(204).end()
      req.on('end', () => res.writeHead(507).end(JSON.stringify(new AppError('FILE_NO_SPACE'))))
    })
    await new Promise<void>((done) => full.listen(0, '127.0.0.1', done))
    const { port } = full.address() as AddressInfo
    const client = createFilesClient({ createConnection: () => Promise.resolve(connect(port, '127.0.0.1')) })
    await expect(client.upload(local, 'up')).rejects.toMatchObject({ code: 'FILE_NO_SPACE' })
    expect(asked).toEqual(['POST /fs/v1/uploads', 'PATCH /fs/v1/uploads/u1', 'DELETE /fs/v1/uploads/u1'])
    client.close()
    full.close()
  })

  it('has the verbs of files', async () => {
    verifies('fs.verbs')
    await using served = await serveFolder()
    const client = served.client()
    expect(await client.info()).toMatchObject({ protocol: 'towline.fs.v1' })
    expect(await client.mkdir('x/y', { parents: true, mode: 0o700 })).toMatchObject({ path: '/x/y', mode: '0700' })
    const first = await client.write('x/f', Buffer.from('first'), { ifNoneMatch: '*' })
    expect(first.created).toBe(true)
    const second = await client.write('x/f', Readable.from([Buffer.from('sec'), Buffer.from('ond')]), {
      ifMatch: first.etag,
    })
    expect(second.created).toBe(false)
    await expect(client.write('x/f', Buffer.from('third'), { ifMatch: first.etag })).rejects.toMatchObject({
      code: 'FILE_CHANGED',
    })
    const read = await client.read('x/f', { offset: 1, length: 3 })
    expect([await text(read.body), read.total, read.etag]).toEqual(['eco', 6, second.etag])
    expect(await client.mv('x/f', 'x/y/g')).toMatchObject({ path: '/x/y/g', type: 'file', size: 6 })
    expect((await client.ls('/x', { depth: 1 })).entries.map(({ path }) => path)).toEqual(['/x/y', '/x/y/g'])
    expect(await client.stat('x/y/g')).toMatchObject({ type: 'file', etag: (await client.read('x/y/g')).etag })
    await client.rm('x', { recursive: true })
    expect(existsSync(join(served.root, 'x'))).toBe(false)
  })

  it('uploads and downloads, with progress to the last byte', async () => {
    verifies('fs.range')
    await using served = await serveFolder()
    using temp = tempFolder('client')
    const client = served.client()
    for (const size of [0, 1, 3 * MiB + 7]) {
      const bytes = randomBytes(size)
      const [local, back] = [join(temp.path, 'local'), join(temp.path, 'back')]
      writeFileSync(local, bytes)
      const seen: number[] = []
      const up = await client.upload(local, 'new/up', { mkdirs: true, onProgress: (sent) => seen.push(sent) })
      const down = await client.download('new/up', back, { onProgress: (got) => seen.push(got) })
      expect([up, down]).toEqual([down, { etag: up.etag, bytes: size, digest: digest(bytes) }])
      expect(readFileSync(back).equals(bytes) && readFileSync(join(served.root, 'new/up')).equals(bytes)).toBe(true)
      expect(seen.filter((count) => count === size)).toHaveLength(size === 0 ? 0 : 2)
      expect(readdirSync(temp.path).toSorted()).toEqual(['back', 'local'])
    }
  })

  it('goes on with an upload where it was cut', async () => {
    verifies('fs.range')
    await using served = await serveFolder()
    using temp = tempFolder('client')
    const bytes = randomBytes(8 * MiB)
    writeFileSync(join(temp.path, 'local'), bytes)
    const { createConnection, state } = breaking(served, { sent: 2 * MiB, times: 3 })
    const up = await served.client({ createConnection }).upload(join(temp.path, 'local'), 'up')
    expect([up.digest, state.left, readFileSync(join(served.root, 'up')).equals(bytes)]).toEqual([
      digest(bytes),
      0,
      true,
    ])
    expect(readdirSync(served.root).filter((name) => name.startsWith('.towline'))).toEqual([])
  })

  it('goes on with a download where it was cut, also in another run', async () => {
    verifies('fs.range')
    await using served = await serveFolder()
    using temp = tempFolder('client')
    const bytes = randomBytes(8 * MiB)
    writeFileSync(join(served.root, 'big'), bytes)
    const local = join(temp.path, 'local')
    const broken = breaking(served, { received: 3 * MiB, times: Infinity })
    const giving = new AbortController()
    const onProgress = (got: number): void => {
      if (got > 4 * MiB) giving.abort()
    }
    const given = served.client(broken).download('big', local, { onProgress, signal: giving.signal })
    await expect(given).rejects.toThrow()
    expect(existsSync(local)).toBe(false)
    let first = 0
    const done = await served.client().download('big', local, { onProgress: (got) => (first ||= got) })
    expect([done.digest, readFileSync(local).equals(bytes), first > 3 * MiB]).toEqual([digest(bytes), true, true])
    expect(readdirSync(temp.path)).toEqual(['local'])
  })

  it('starts over when the file is another by now', async () => {
    await using served = await serveFolder()
    using temp = tempFolder('client')
    const [old, next] = [randomBytes(4 * MiB), randomBytes(4 * MiB)]
    writeFileSync(join(served.root, 'big'), old)
    let swapped = false
    const onProgress = (got: number): void => {
      if (got > MiB && !swapped) writeFileSync(join(served.root, 'big'), next)
      swapped ||= got > MiB
    }
    const client = served.client(breaking(served, { received: 2 * MiB }))
    const done = await client.download('big', join(temp.path, 'local'), { onProgress })
    expect(readdirSync(temp.path)).toEqual(['local'])
    expect(done.digest).toBe(digest(next))
  })

  it('puts nothing in place that is not what it says', async () => {
    await using served = await serveFolder()
    using temp = tempFolder('client')
    const local = join(temp.path, 'local')
    writeFileSync(local, 'old')
    const client = served.client()
    const { etag } = await client.stat('hello.txt')
    writeFileSync(join(temp.path, `.local.${etag.replaceAll('"', '')}.part`), 'lie')
    await expect(client.download('hello.txt', local)).rejects.toMatchObject({ code: 'FILE_DIGEST_MISMATCH' })
    expect([readFileSync(local, 'utf8'), readdirSync(temp.path)]).toEqual(['old', ['local']])
    expect((await client.download('hello.txt', local)).bytes).toBe(5)
  })

  it('lands no upload of a file that changes meanwhile', async () => {
    await using served = await serveFolder()
    using temp = tempFolder('client')
    const local = join(temp.path, 'local')
    writeFileSync(local, randomBytes(8 * MiB))
    let cut = false
    const onProgress = (sent: number): void => {
      if (sent < 4 * MiB || cut) return
      cut = true
      writeFileSync(local, randomBytes(8 * MiB))
    }
    const { createConnection } = breaking(served, { sent: 5 * MiB })
    const done = served.client({ createConnection }).upload(local, 'up', { onProgress })
    const outcome = await done.then(
      ({ digest: told }) => told === digest(readFileSync(join(served.root, 'up'))),
      (error: AppError) => error.code === 'FILE_DIGEST_MISMATCH' && !existsSync(join(served.root, 'up')),
    )
    expect(outcome).toBe(true)
  })
})
