import { connect } from 'node:tls'
import { Duplex } from 'node:stream'
import { AppError, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { type ClientHello, ClientHelloReader } from './client-hello.ts'
import {
  alpn,
  block16,
  block8,
  extension,
  helloMessage,
  records,
  serverNames,
  versions,
} from './client-hello.fixture.ts'

const GREASE = 0x2a2a
const full = helloMessage([
  extension(GREASE),
  serverNames('Db.Dev.Localhost.'),
  alpn(Buffer.from([0x3a, 0x3a]), Buffer.from('h2'), Buffer.from('http/1.1')),
  versions(GREASE, 0x0304, 0x0303),
])
const FULL: ClientHello = { serverName: 'db.dev.localhost', alpn: ['h2', 'http/1.1'], versions: [0x0304, 0x0303] }

const read = (bytes: Buffer, most: number = LIMITS.clientHelloBytes): ClientHello | undefined =>
  new ClientHelloReader(most).push(bytes)

const refused = (bytes: Buffer, most?: number): string => {
  try {
    return `took ${JSON.stringify(read(bytes, most))}`
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return `${error.code}: ${error.details.problem}`
  }
}

/** What Node itself would send. */
const nodeHello = (options: { servername?: string; ALPNProtocols?: string[] }): Promise<Buffer> =>
  new Promise((resolve) => {
    const wire = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        resolve(chunk)
        done()
      },
    })
    connect({ socket: wire, ...options }).on('error', () => {})
  })

describe('tls client hello: refuses', () => {
  it.each([
    ['a record of another type', Buffer.from([0x17, 3, 1]), 'a record of another type'],
    ['another protocol version', Buffer.from([0x16, 2]), 'no TLS version'],
    ['an empty record', Buffer.from([0x16, 3, 1, 0, 0]), 'a record of a length that is not allowed'],
    ['a record over 16 KiB', Buffer.from([0x16, 3, 1, 0x40, 1]), 'a record of a length that is not allowed'],
    ['a handshake that begins otherwise', records(Buffer.from([2, 0, 0, 0])), 'another message first'],
    [
      'a server name with other characters',
      records(helloMessage([serverNames('a b')])),
      'the server name is not a name',
    ],
    ['an empty server name', records(helloMessage([serverNames('')])), 'the server name is not a name'],
    ['two server names', records(helloMessage([serverNames('a', 'b')])), 'two server names'],
    ['an extension twice', records(helloMessage([serverNames('a'), serverNames('a')])), 'an extension twice'],
    ['an empty protocol', records(helloMessage([alpn(Buffer.alloc(0))])), 'an empty protocol name'],
    [
      'a list that is longer than its extension',
      records(helloMessage([extension(16, Buffer.from([0, 9, 1]))])),
      'it ends too early',
    ],
    [
      'bytes after a list',
      records(helloMessage([extension(43, block8(Buffer.from([3, 4])), Buffer.from([1]))])),
      'bytes after the end',
    ],
  ])('%s', (_what, bytes, problem) => {
    expect(refused(bytes)).toBe(`PROTOCOL_ERROR: ClientHello: ${problem}`)
  })

  it('a message that announces more than the bound, at its fourth byte', () => {
    expect(refused(records(Buffer.from([1, 0, 0x10, 0])), 1024)).toBe('PROTOCOL_ERROR: ClientHello: it is too long')
  })

  it('more record headers than the bound allows bytes', () => {
    const crumbs = records(helloMessage([extension(21, Buffer.alloc(600))]), 1)
    expect(refused(crumbs.subarray(0, 1100), 1024)).toBe('PROTOCOL_ERROR: ClientHello: it is too long')
  })
})

describe('tls client hello: reads', () => {
  it('server name, protocols and versions without GREASE, at every cut', () => {
    verifies('tunnel.tls.passthrough')
    for (const wire of [records(full), records(full, 11), records(full, 1)]) {
      for (let cut = 0; cut <= wire.length; cut++) {
        const reader = new ClientHelloReader(LIMITS.clientHelloBytes)
        const early = reader.push(wire.subarray(0, cut))
        expect(early === undefined || cut === wire.length).toBe(true)
        expect(early ?? reader.push(wire.subarray(cut))).toEqual(FULL)
        expect(reader.raw.equals(wire)).toBe(true)
      }
    }
  })

  it('one byte at a time, keeping what came after it', () => {
    const reader = new ClientHelloReader(LIMITS.clientHelloBytes)
    const wire = records(full, 5)
    for (const byte of wire.subarray(0, -1)) expect(reader.push(Buffer.from([byte]))).toBeUndefined()
    expect(reader.push(Buffer.concat([wire.subarray(-1), Buffer.from('early data')]))).toEqual(FULL)
    expect(reader.raw.toString('latin1').endsWith('early data')).toBe(true)
  })

  it('a hello without extensions, as TLS 1.2', () => {
    expect(read(records(helloMessage()))).toEqual({ alpn: [], versions: [0x0303] })
  })

  it('the outer name of an encrypted hello', () => {
    const ech = extension(0xfe0d, Buffer.alloc(200, 1))
    expect(read(records(helloMessage([ech, serverNames('public.example')])))).toMatchObject({
      serverName: 'public.example',
    })
  })

  it('what Node sends, with a name and without', async () => {
    expect(read(await nodeHello({ servername: 'web.dev.localhost', ALPNProtocols: ['towline/1'] }))).toEqual({
      serverName: 'web.dev.localhost',
      alpn: ['towline/1'],
      versions: [0x0304, 0x0303],
    })
    expect(read(await nodeHello({}))).toEqual({ alpn: [], versions: [0x0304, 0x0303] })
  })

  it('mutated hellos without ever throwing anything but its own error', () => {
    const random = mulberry32(20_260_101)
    const wires = [records(full), records(full, 7), records(helloMessage([block16()]))]
    const outcomes = { read: 0, refused: 0, more: 0 }
    for (let round = 0; round < 60_000; round++) {
      const wire = Buffer.from(wires[round % wires.length] as Buffer)
      for (let hits = 1 + (random() % 4); hits > 0; hits--) wire[random() % wire.length] = random() & 0xff
      const reader = new ClientHelloReader(LIMITS.clientHelloBytes)
      const cut = random() % wire.length
      try {
        const hello = reader.push(wire.subarray(0, cut)) ?? reader.push(wire.subarray(cut))
        outcomes[hello ? 'read' : 'more']++
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        outcomes.refused++
      }
    }
    expect(Object.values(outcomes).every((count) => count > 100)).toBe(true)
  })
})

/** Small seeded generator, so that a failing round can be repeated. */
const mulberry32 = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return (mixed ^ (mixed >>> 14)) >>> 0
}
