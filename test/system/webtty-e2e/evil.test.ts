/** Proves what real clients and a real server do when whoever relays them does harm: nothing, and they say so. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyOf, encodeFrame } from '@towline/protocol'
import { startUp, type Up, verifies } from '@towline/testkit'
import type { Crossing, EvilRelayOptions, Side } from '@towline/testkit/evil-relay'
import { type Carrier, nodeCrypto, secureServer } from '@towline/webtty'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PendingHandshakes } from '../../../packages/webtty/src/e2e/channel/pending-handshakes.ts'
import { identityFromSeed } from '../../../packages/webtty/src/e2e/identity/local-identity.ts'
import { FACTS, type Middle, openMiddle } from './middle.ts'
import { acquaint, done, exec, openPair, type Pair, refusal, serve, settle } from './pair.ts'
import { count, openTap, type Tap } from './tap.ts'

const SECRET = 'c9Xw-canary-evil-58'
let [near, far]: Up[] = []
let pair: Pair
let tap: Tap
let middle: Middle
let ran: string

beforeAll(async () => {
  ;[near, far] = await Promise.all([startUp(), startUp()])
  pair = await openPair(far as Up)
  tap = await openTap((near as Up).port)
  settle(pair.desk, near as Up, tap)
  ran = join(pair.machine.folder.path, SECRET)
  await serve(pair.machine, '--name', 'vault', '--identity', 'vault')
  await acquaint(pair)
  middle = await openMiddle(near as Up, far as Up)
})
afterAll(async () => {
  await middle?.close()
  await Promise.all([pair?.close(), tap?.close()])
  await Promise.all([near?.close(), far?.close()])
})
beforeEach(() => {
  middle.harm = {}
  middle.answer = undefined
})
afterEach(() => rmSync(ran, { force: true }))

/** Leaves a file where it ran, prints for a while, and ends with 0. */
const run = () =>
  exec(pair.desk, 'vault', 'sh', '-c', `touch ${ran}; for i in 1 2 3 4 5 6 7 8; do echo ${SECRET} $i; sleep 0.02; done`)

/** Messages of each side: announcement and message 2, or message 1 and 3, and records after them. */
const at = (from: Side, index: number) => (crossing: Crossing) => crossing.from === from && crossing.index === index
const flip = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(bytes, (byte, place) => (place === bytes.length - 1 ? byte ^ 1 : byte))
const harm = (
  is: (crossing: Crossing) => boolean,
  change: NonNullable<EvilRelayOptions['message']>,
): EvilRelayOptions => ({ message: (crossing, relay) => (is(crossing) ? change(crossing, relay) : [crossing.bytes]) })
const swap = (is: (crossing: Crossing) => boolean): EvilRelayOptions => {
  let held: Uint8Array | undefined
  return {
    message: (crossing) => {
      if (is(crossing)) {
        held = crossing.bytes
        return []
      }
      const before = held
      if (!before || crossing.from !== 'server') return [crossing.bytes]
      held = undefined
      return [crossing.bytes, before]
    },
  }
}

describe('webtty e2e: a relay that does no harm', () => {
  it('carries a command from one process to the other, so those that fail do so for what is done to them', async () => {
    const { status, stdout } = await run()
    expect([status, stdout.split('\n').length, existsSync(ran)]).toEqual([0, 9, true])
    expect(count(tap.bytes(), Buffer.from(SECRET))).toBe(0)
  })
})

describe('webtty e2e: a relay that changes what passes', () => {
  const handshake: readonly (readonly [how: string, harm: EvilRelayOptions, code: string])[] = [
    ['changes the announcement', harm(at('server', 0), ({ bytes }) => [flip(bytes)]), 'E2E_SERVER_CHANGED'],
    ['changes message 1', harm(at('client', 0), ({ bytes }) => [flip(bytes)]), 'E2E_HANDSHAKE_FAILED'],
    [
      'renames the server in message 1',
      harm(at('client', 0), ({ bytes }) => [
        new Uint8Array(Buffer.from(Buffer.from(bytes).toString('latin1').replace('vault', 'other'), 'latin1')),
      ]),
      'E2E_HANDSHAKE_FAILED',
    ],
    ['sends message 1 twice', harm(at('client', 0), ({ bytes }) => [bytes, bytes]), 'E2E_TAMPERED'],
    ['changes message 2', harm(at('server', 1), ({ bytes }) => [flip(bytes)]), 'E2E_TAMPERED'],
    ['cuts message 2 short', harm(at('server', 1), ({ bytes }) => [bytes.subarray(0, 40)]), 'E2E_TAMPERED'],
    ['sends the announcement for message 2', harm(at('server', 1), mirror), 'E2E_TAMPERED'],
    ['changes message 3', harm(at('client', 1), ({ bytes }) => [flip(bytes)]), 'E2E_TAMPERED'],
    [
      'puts a message of its own before the records',
      harm(at('client', 1), ({ bytes }) => [bytes, bytes]),
      'E2E_TAMPERED',
    ],
    ['changes the first record of the client', harm(at('client', 2), ({ bytes }) => [flip(bytes)]), 'E2E_TAMPERED'],
    ['sends it twice', harm(at('client', 2), ({ bytes }) => [bytes, bytes]), 'E2E_TAMPERED'],
    ['drops it', harm(at('client', 2), () => []), 'E2E_TAMPERED'],
    ['cuts before the second', harm(at('client', 3), (_, relay) => (relay.cut(), [])), 'WEBTTY_LOST'],
  ]
  it.each(handshake)('%s: nothing is started', async (_how, evil, code) => {
    verifies('e2e.tamper', 'e2e.proof', 'exec.exit')
    middle.harm = evil
    const refused = await refusal(run())
    expect(refused.status).toBe(255)
    expect(refused.stdout).toBe('')
    expect(refused.code).toBe(code)
    expect(existsSync(ran)).toBe(false)
  })

  const records: readonly (readonly [how: string, harm: EvilRelayOptions, code: string])[] = [
    ['changes a record of the server', harm(at('server', 5), ({ bytes }) => [flip(bytes)]), 'E2E_TAMPERED'],
    ['drops one', harm(at('server', 5), () => []), 'E2E_TAMPERED'],
    ['sends one twice', harm(at('server', 5), ({ bytes }) => [bytes, bytes]), 'E2E_TAMPERED'],
    ['sends the next before it', swap(at('server', 5)), 'E2E_TAMPERED'],
    ['cuts one short', harm(at('server', 5), ({ bytes }) => [bytes.subarray(0, -1)]), 'E2E_TAMPERED'],
    [
      'says something in the clear',
      harm(at('server', 5), ({ bytes }) => [Uint8Array.of(8, 1, 2, 123, 125), bytes]),
      'E2E_TAMPERED',
    ],
    ['cuts it off', harm(at('server', 5), (_, relay) => (relay.cut(), [])), 'WEBTTY_LOST'],
    ['ends it as if in order', harm(at('server', 5), (_, relay) => (relay.client.close(1000), [])), 'WEBTTY_LOST'],
  ]
  it.each(records)('%s: the command may have run, and is never told as a success', async (_how, evil, code) => {
    verifies('e2e.tamper', 'exec.exit')
    middle.harm = evil
    expect(await refusal(run())).toMatchObject({ status: 255, code })
  })

  it('plays a whole conversation again: nothing is started a second time', async () => {
    verifies('e2e.tamper', 'e2e.proof')
    expect((await run()).status).toBe(0)
    const said = middle.relays.at(-1)?.captured.filter(({ from }) => from === 'client') ?? []
    rmSync(ran)
    middle.harm = { message: ({ from, index, bytes }) => (from === 'client' ? [said[index]?.bytes ?? bytes] : [bytes]) }
    expect(await refusal(run())).toMatchObject({ status: 255, code: 'E2E_TAMPERED', stdout: '' })
    expect(existsSync(ran)).toBe(false)
  })
})

/** What it heard first from that side, once more. */
function mirror({ from }: Crossing, relay: { captured: readonly Crossing[] }): readonly Uint8Array[] {
  return [relay.captured.find((one) => one.from === from)?.bytes ?? new Uint8Array()]
}

const greeting = (e2e: boolean): Uint8Array =>
  encodeFrame({
    ...{ name: 'hello', stream: 0 },
    body: { protocol: 'webtty.v1', features: [], server: { ...FACTS, e2e } },
  })

/** The keys of a HELLO that is the whole message; its length takes one byte, or two. */
const helloIn = (message: Uint8Array): string[] => {
  const [type, stream, length = 0] = message
  const body = message.subarray(length < 64 ? 3 : 4)
  if (type !== 0 || stream !== 0) throw new Error(`a frame of type ${type}`)
  return Object.keys(JSON.parse(Buffer.from(body).toString()) as object).toSorted()
}

/** The same carrier, whose messages are kept as they come. */
const recorded = (carrier: Carrier, heard: Uint8Array[]): Carrier => ({
  set sink(sink) {
    carrier.sink = {
      message: (bytes) => {
        heard.push(copyOf(bytes))
        sink.message(bytes)
      },
      drained: () => sink.drained(),
      closed: (end) => sink.closed(end),
    }
  },
  get sink() {
    return carrier.sink
  },
  get queued() {
    return carrier.queued
  },
  send: (message) => carrier.send(message),
  pause: () => carrier.pause(),
  resume: () => carrier.resume(),
  close: (code, reason) => carrier.close(code, reason),
})

describe('webtty e2e: a relay that answers in the place of the server', () => {
  /** What a client said to it, and how the client ended. */
  const impostor = async (answer: (client: Carrier) => void, words: readonly string[]) => {
    const heard: Uint8Array[] = []
    middle.answer = (client) => {
      client.sink = { message: (bytes) => heard.push(copyOf(bytes)), drained: () => undefined, closed: () => undefined }
      client.resume()
      answer(client)
    }
    const before = tap.bytes().length
    const ended = await refusal(pair.desk.run(words))
    const sent = tap.bytes().subarray(before)
    const leaked = [SECRET, 'WEBTTY_CANARY', '/srv/canary', 'touch'].filter((word) => sent.includes(word))
    return { ended, heard, leaked }
  }
  const url = ['--url', 'tow://vault']
  const commands = [
    ['exec', ['webtty', 'exec', ...url, '-e', `WEBTTY_CANARY=${SECRET}`, '-w', '/srv/canary', '--', 'touch', SECRET]],
    [
      'client',
      ['webtty', 'client', ...url, '-e', `WEBTTY_CANARY=${SECRET}`, '-w', '/srv/canary', '--', 'touch', SECRET],
    ],
    ['detach', ['webtty', 'exec', ...url, '--detach', '--id', SECRET, '--', 'touch', SECRET]],
    ['ps', ['webtty', 'ps', ...url]],
    ['signal', ['webtty', 'signal', ...url, SECRET, 'TERM']],
  ] as const
  const status = (name: string): number => (name === 'exec' || name === 'client' || name === 'detach' ? 255 : 4)

  it.each(commands)('in the clear: %s stops with nothing sent but message 1', async (name, words) => {
    verifies('e2e.fail-first')
    const { ended, heard, leaked } = await impostor((client) => void client.send(greeting(false)), words)
    expect(ended).toEqual({ status: status(name), code: 'E2E_REQUIRED', stdout: '' })
    expect(heard.map(([first, second]) => [first, second])).toEqual([[0xe0, 1]])
    expect(leaked).toEqual([])
  })

  it.each(commands)('with keys of its own: %s stops with nothing sent but message 1', async (name, words) => {
    verifies('e2e.fail-first')
    const identity = identityFromSeed(nodeCrypto, new Uint8Array(32).fill(66))
    const everyone = { find: async () => ({ name: 'x', roles: ['exec', 'pty'] }), hold: () => () => undefined }
    const heard: Uint8Array[] = []
    middle.answer = (client) => {
      const own = secureServer(recorded(client, heard), {
        ...{ crypto: nodeCrypto, identity, names: ['vault'], clients: everyone, pending: new PendingHandshakes() },
      })
      void own.catch(() => undefined)
    }
    const before = tap.bytes().length
    expect(await refusal(pair.desk.run(words))).toEqual({
      status: status(name),
      code: 'E2E_SERVER_CHANGED',
      stdout: '',
    })
    expect(heard.map(([first, second]) => [first, second])).toEqual([[0xe0, 1]])
    const sent = tap.bytes().subarray(before)
    expect([SECRET, 'WEBTTY_CANARY', '/srv/canary'].filter((word) => sent.includes(word))).toEqual([])
  })

  it('to a client without a pin that says it encrypts: nothing is sent but a greeting', async () => {
    verifies('e2e.fail-first')
    const { desk, keys } = pair
    await done(desk.run(['webtty', 'known-server', 'remove', 'vault']))
    const [, words] = commands[0]
    const announcement = Uint8Array.of(0xe0, 0, 1, ...new Uint8Array(64).fill(7))
    for (const first of [announcement, greeting(true)]) {
      const { ended, heard, leaked } = await impostor((client) => void client.send(first), words)
      expect(ended).toEqual({ status: 255, code: 'E2E_SERVER_UNKNOWN', stdout: '' })
      expect(heard.map(helloIn)).toEqual([['client', 'features', 'protocol']])
      expect(leaked).toEqual([])
    }
    const pin = ['webtty', 'known-server', 'add', 'vault', '--key', keys.vault, '--client-identity', 'laptop']
    await done(desk.run(pin))
  })

  it('and lies in its inventory: files and pages of a pinned server are not asked for', async () => {
    verifies('fs.e2e-refused', 'e2e.fail-first')
    const before = middle.streams
    for (const words of [
      ['fs', 'ls', ...url, '/srv/canary'],
      ['fs', 'read', ...url, '/srv/canary'],
    ])
      expect(await refusal(pair.desk.run(['webtty', ...words]))).toEqual({
        ...{ status: 2, code: 'FILES_ENCRYPTED', stdout: '' },
      })
    expect(await refusal(pair.desk.run(['webtty', 'browse', ...url]))).toMatchObject({ code: 'BROWSER_ENCRYPTED' })
    expect(middle.streams).toBe(before)
    expect(tap.bytes().includes('/srv/canary')).toBe(false)
  })
})
