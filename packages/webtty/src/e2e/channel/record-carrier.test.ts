/** Proves the encrypted carrier: whole messages, fresh keys in time, and no end that was not said. */
import { copyOf, type Limits, LIMITS } from '@towline/protocol'
import { type Crossing, openEvilRelay } from '@towline/testkit/evil-relay'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import type { Carrier, CarrierEnd } from '../../carrier/carrier.ts'
import { utf8 } from '../crypto/bytes.ts'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import { listen, tell } from '../e2e.fixture.ts'
import { CipherState } from '../noise/cipher-state.ts'
import type { Transport } from '../noise/handshake.ts'
import { RecordCarrier } from './record-carrier.ts'
import { RECORD, RecordOpener, RecordSealer } from './record-cipher.ts'

const KEYS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const
const transport = (mine: 0 | 1): Transport => ({
  send: new CipherState(nodeCrypto, KEYS[mine].slice()),
  receive: new CipherState(nodeCrypto, KEYS[mine === 0 ? 1 : 0].slice()),
})

const pair = (limits: Partial<Limits> = {}, now: () => number = () => 0, message?: (one: Crossing) => Uint8Array[]) => {
  const relay = openEvilRelay(message ? { message } : {})
  const end = (below: Carrier, mine: 0 | 1) =>
    new RecordCarrier({
      below,
      transport: transport(mine),
      leftover: { messages: [] },
      limits: { ...LIMITS, ...limits },
      now,
    })
  return { relay, client: end(relay.client, 0), server: end(relay.server, 1) }
}

/** The messages of one record, kept. */
const sealed = (sealer: RecordSealer, kind: number, body: Uint8Array): Uint8Array[] => {
  const messages: Uint8Array[] = []
  sealer.seal(kind, body, (message) => messages.push(message.slice()) > 0)
  return messages
}

/** All messages that come, as bytes. */
const collect = (carrier: Carrier) => {
  const messages: Uint8Array[] = []
  const end = new Promise<CarrierEnd>((resolve) => {
    carrier.sink = { message: (bytes) => void messages.push(copyOf(bytes)), drained: () => undefined, closed: resolve }
  })
  carrier.resume()
  return { messages, end }
}

describe('webtty e2e records: refusals', () => {
  it('refuses to send a message that no carrier takes', async () => {
    const { client, server } = pair()
    const heard = listen(server)
    expect(client.send(new Uint8Array(LIMITS.webttyMessageBytes + 1))).toBe(false)
    expect(await heard.end).toEqual({ code: 4413, reason: 'a message is too long' })
  })

  it('ends with 1006 when nobody said the end, however orderly it looks from outside', async () => {
    verifies('e2e.tamper')
    const { relay, client, server } = pair()
    const [there, here] = [listen(server), listen(client)]
    client.send(utf8('half'))
    expect(await there.next()).toBe('half')
    relay.client.close(1000, 'all is well')
    expect((await there.end).code).toBe(1006)
    expect((await here.end).code).toBe(1006)
  })

  it.each([
    ['in the clear', utf8('hello')],
    ['empty', new Uint8Array()],
    ['too long', new Uint8Array(LIMITS.e2eRecordBytes + 18).fill(0xe1)],
    ['of another step of the handshake', Uint8Array.of(0xe0, 1, 1)],
  ])('ends with 4409 by a message %s, and says so to the peer inside', async (_what, message) => {
    verifies('e2e.tamper')
    const { relay, client, server } = pair()
    const [there, here] = [listen(server), listen(client)]
    relay.inject('server', message)
    expect((await there.end).code).toBe(4409)
    expect((await here.end).code).toBe(4409)
    expect(there.texts).toEqual([])
  })

  it('ends with 4409 over a carrier that tells its end while it is being closed', async () => {
    verifies('e2e.tamper')
    const below: Carrier = {
      ...{ sink: { message() {}, drained() {}, closed() {} }, queued: 0, send: () => true, pause() {}, resume() {} },
      close: (code, reason = '') => below.sink.closed({ code, reason }),
    }
    const options = { below, transport: transport(0), leftover: { messages: [] }, limits: LIMITS, now: () => 0 }
    const heard = listen(new RecordCarrier(options))
    below.sink.message(utf8('in the clear'))
    expect(await heard.end).toEqual({ code: 4409, reason: 'a message came in the clear' })
  })

  const kinds: readonly (readonly [string, readonly (readonly [kind: number, body: Uint8Array])[]])[] = [
    ['an unknown kind', [[7, utf8('x')]]],
    ['a close without a code', [[RECORD.close, utf8('x')]]],
    [
      'a close in the middle of a message',
      [
        [RECORD.part, utf8('x')],
        [RECORD.close, Uint8Array.of(3, 232)],
      ],
    ],
    ['a new key with something beside it', [[RECORD.rekey, utf8('x')]]],
    [
      'parts without end',
      Array.from(
        { length: Math.ceil((LIMITS.webttyMessageBytes + 1) / 60_000) },
        () => [RECORD.part, new Uint8Array(60_000)] as const,
      ),
    ],
  ]
  it.each(kinds)('ends with 4409 by %s from a peer that holds the keys', async (_what, records) => {
    const { relay, server } = pair()
    const heard = listen(server)
    const sealer = new RecordSealer(transport(0).send, LIMITS, () => 0)
    for (const [kind, body] of records) for (const one of sealed(sealer, kind, body)) relay.inject('server', one)
    expect((await heard.end).code).toBe(4409)
    expect(heard.texts).toEqual([])
  })

  it('refuses a peer that stays with one key for too long', () => {
    const sealer = new RecordSealer(transport(0).send, LIMITS, () => 0)
    const opener = new RecordOpener(transport(1).receive, { ...LIMITS, e2eRekeyRecords: 3 })
    const open = (): unknown => opener.open(sealed(sealer, RECORD.last, utf8('x'))[0] as Uint8Array)
    expect([open(), open(), open()]).toHaveLength(3)
    expect(open).toThrow('a key was used for too long')
  })

  it('is harmless after its end', async () => {
    const { client, server } = pair()
    const [there, here] = [listen(server), listen(client)]
    client.close(1000, 'done')
    expect([await there.end, await here.end]).toEqual([
      { code: 1000, reason: 'done' },
      { code: 1000, reason: 'done' },
    ])
    client.close(4000)
    server.pause()
    server.resume()
    expect([client.send(utf8('x')), server.send(utf8('x')), there.texts]).toEqual([false, false, []])
  })
})

describe('webtty e2e records: what is carried', () => {
  it('splits and joins messages of every length around a record, in order', async () => {
    const room = LIMITS.e2eRecordBytes - 1
    const lengths = [0, 1, room - 1, room, room + 1, 2 * room, 2 * room + 1, LIMITS.webttyMessageBytes]
    const { relay, client, server } = pair()
    const heard = collect(server)
    const sent = lengths.map((length) => nodeCrypto.random(length))
    for (const message of sent) client.send(message)
    client.close(1000)
    expect(await heard.end).toEqual({ code: 1000, reason: '' })
    expect(heard.messages.map((bytes, at) => Buffer.compare(bytes, sent[at] as Uint8Array))).toEqual(
      lengths.map(() => 0),
    )
    expect(Math.max(...relay.captured.map(({ bytes }) => bytes.length))).toBe(LIMITS.e2eRecordBytes + 17)
  })

  it('tells nothing before it is resumed, and nothing while paused', async () => {
    const { relay, client, server } = pair()
    client.send(utf8('early'))
    client.close(1000, 'done')
    await new Promise((resolve) => setImmediate(resolve))
    const heard = listen(server)
    expect([await heard.end, heard.texts]).toEqual([{ code: 1000, reason: 'done' }, ['early']])
    expect(relay.captured).toHaveLength(2)
  })

  it('keeps an end that came before there was anyone to hear it', async () => {
    verifies('e2e.tamper')
    const { relay, server } = pair()
    relay.cut()
    await new Promise((resolve) => setImmediate(resolve))
    expect((await listen(server).end).code).toBe(1006)
  })

  it('stops at a pause in the middle of what waits', async () => {
    const { client, server } = pair()
    for (const text of ['a', 'b', 'c']) client.send(utf8(text))
    const heard: string[] = []
    server.sink = {
      message: (bytes) => {
        heard.push(Buffer.from(bytes).toString())
        server.pause()
      },
      drained: () => undefined,
      closed: () => undefined,
    }
    for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
      server.resume()
      await new Promise((resolve) => setImmediate(resolve))
      expect(heard).toEqual(expected)
    }
  })
})

describe('webtty e2e records: fresh keys', () => {
  const rekeys: readonly (readonly [string, Partial<Limits>, () => number])[] = [
    ['records', { e2eRekeyRecords: 3 }, () => 0],
    ['bytes', { e2eRekeyBytes: 200, e2eRecordBytes: 64 }, () => 0],
    [
      'time',
      { e2eRekeyMs: 5 },
      (
        (at = 0) =>
        () =>
          (at += 2)
      )(),
    ],
  ]
  it.each(rekeys)('come after so many %s, each way, and nothing is lost', async (_what, limits, now) => {
    verifies('e2e.suite')
    const { relay, client, server } = pair(limits, now)
    const heard = listen(server)
    const texts = Array.from({ length: 40 }, (_, at) => `message ${at}`)
    for (const text of texts) client.send(utf8(text))
    client.close(1000)
    expect([await heard.end, heard.texts]).toEqual([{ code: 1000, reason: '' }, texts])
    expect(relay.captured.filter(({ bytes }) => bytes.length === 1 + 1 + 16).length).toBeGreaterThan(4)
  })

  it('cannot be kept away: without the record that announces one, the next is not read', async () => {
    verifies('e2e.tamper')
    const isRekey = ({ bytes }: Crossing): boolean => bytes.length === 1 + 1 + 16
    const { client, server } = pair(
      { e2eRekeyRecords: 3 },
      () => 0,
      (one) => (isRekey(one) ? [] : [one.bytes]),
    )
    const heard = listen(server)
    for (const text of ['one', 'two', 'three']) client.send(utf8(text))
    expect([(await heard.end).code, heard.texts]).toEqual([4409, ['one', 'two']])
  })

  it('carry a whole conversation', async () => {
    const says = Array.from({ length: 50 }, (_, at) => `${at}`)
    expect(await tell({ says, limits: { e2eRekeyRecords: 4 } })).toMatchObject({
      client: 1000,
      server: 1000,
      serverHeard: says,
    })
  })
})
