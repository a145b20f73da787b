/** Proves that whoever relays a conversation can end it, and nothing else. */
import type { Crossing, EvilRelay, EvilRelayOptions, Side } from '@towline/testkit/evil-relay'
import { openEvilRelay } from '@towline/testkit/evil-relay'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { printAnnouncement } from './channel/handshake-messages.ts'
import { secureClient } from './client.ts'
import { utf8 } from './crypto/bytes.ts'
import { CLIENT, clientOptions, listOf, SERVER, serverOptions, type Story, STRANGER, tell } from './e2e.fixture.ts'
import { secureServer } from './server.ts'

const CANARY = 'canary-7f3a9b'
const SAYS = [CANARY, `echo ${CANARY} twice`, CANARY.repeat(40)]
const ANSWERS = SAYS.map((text) => text.toUpperCase())
/** Where every byte of a conversation is tried, a short one. */
const SHORT = [CANARY]

/** Of one side: its handshake messages come first. */
const HANDSHAKE = { client: ['msg1', 'msg3'], server: ['announcement', 'msg2'] } as const
const nameOf = ({ from, index }: Crossing): string => HANDSHAKE[from][index] ?? `${from} record`

/** A whole conversation without anyone in between: how long each message is. */
const honest = await tell({ says: SAYS })
const messages = honest.relay.captured
const short = (await tell({ says: SHORT })).relay.captured
const handshakes = messages.filter((one) => HANDSHAKE[one.from][one.index] !== undefined)
const records = messages.filter((one) => HANDSHAKE[one.from][one.index] === undefined)

const isPrefixOf = (heard: readonly string[], said: readonly string[]): boolean =>
  heard.every((text, at) => text === said[at])

/** Ends that say what happened, and none that looks like success. */
const CLEAN = [1006, 4401, 4409, 'E2E_TAMPERED', 'E2E_HANDSHAKE_FAILED', 'E2E_REQUIRED', 'E2E_SERVER_CHANGED']

/** What no relay may bring about; empty when all is well. */
const harm = (story: Story, says = SAYS): string[] => {
  const found: string[] = []
  const complete = story.clientHeard.length === says.length && story.serverHeard.length === says.length
  if (story.client === 1000 && !complete) found.push('the client took half a conversation for a whole one')
  if (story.server === 1000 && story.serverHeard.length < says.length) found.push('the server took half for whole')
  if (![1000, ...CLEAN].includes(story.client)) found.push(`the client ended with ${story.client}`)
  if (![1000, ...CLEAN, 'E2E_CLIENT_UNAUTHORIZED'].includes(story.server)) found.push(`the server with ${story.server}`)
  if (!isPrefixOf(story.serverHeard, SAYS)) found.push('the server heard what was not said')
  if (!isPrefixOf(story.clientHeard, ANSWERS)) found.push('the client heard what was not said')
  if (leaks(story.relay)) found.push('the canary was seen')
  return found
}

/** The canary, as it was typed or printed, in anything that crossed. */
const leaks = ({ captured }: EvilRelay): boolean =>
  captured.some(({ bytes }) => /canary-7f3a9b/i.test(Buffer.from(bytes).toString('latin1')))

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = (copy[at] as number) ^ (1 << (at % 8))
  return copy
}

/** Changes the nth message of a side only. */
const only =
  (target: Pick<Crossing, 'from' | 'index'>, change: NonNullable<EvilRelayOptions['message']>) =>
  (crossing: Crossing, relay: EvilRelay): readonly Uint8Array[] =>
    crossing.from === target.from && crossing.index === target.index ? change(crossing, relay) : [crossing.bytes]

describe('webtty e2e: a relay that changes bytes', () => {
  it.each(handshakes)('cannot change any byte of message $index of the $from', async (target) => {
    verifies('e2e.tamper', 'e2e.proof')
    for (let at = 0; at < target.bytes.length; at++) {
      const story = await tell({ says: SAYS, relay: { message: only(target, ({ bytes }) => [flipped(bytes, at)]) } })
      expect({ at, harm: harm(story), started: story.started }).toEqual({ at, harm: [], started: false })
      expect(CLEAN).toContain(story.client)
      // The server says that it could not read it.
      if (nameOf(target) === 'msg3') expect({ at, client: story.client }).toEqual({ at, client: 4409 })
      expect(story.serverHeard).toEqual([])
    }
  })

  it.each(records)('cannot change any byte of message $index of the $from', async (target) => {
    verifies('e2e.tamper')
    const step = Math.max(1, Math.floor(target.bytes.length / 60))
    for (let at = 0; at < target.bytes.length; at += step) {
      const story = await tell({ says: SAYS, relay: { message: only(target, ({ bytes }) => [flipped(bytes, at)]) } })
      const victim = target.from === 'client' ? story.server : story.client
      expect({ at, harm: harm(story), victim }).toEqual({ at, harm: [], victim: 4409 })
    }
  })

  it('cannot change any byte of the stream that carries the messages, lengths and all', async () => {
    verifies('e2e.tamper')
    for (const side of ['client', 'server'] as const) {
      const total = streamBytes(side)
      for (let at = 0; at < total; at++) {
        const bytes = (one: Crossing): readonly Uint8Array[] => {
          const isHere = one.from === side && at >= one.index && at < one.index + one.bytes.length
          return [isHere ? flipped(one.bytes, at - one.index) : one.bytes]
        }
        const story = await tell({ says: SHORT, relay: { bytes } })
        expect({ side, at, harm: harm(story, SHORT) }).toEqual({ side, at, harm: [] })
        expect([story.client, story.server].some((end) => end !== 1000)).toBe(true)
      }
    }
  })
})

const streamBytes = (side: Side): number =>
  short.filter(({ from }) => from === side).reduce((sum, { bytes }) => sum + 4 + bytes.length, 0)

describe('webtty e2e: a relay that drops, repeats and reorders', () => {
  const attacks: readonly (readonly [string, (target: Crossing) => EvilRelayOptions])[] = [
    ['drops', (target) => ({ message: only(target, () => []) })],
    ['repeats', (target) => ({ message: only(target, ({ bytes }) => [bytes, bytes]) })],
    ['cuts short', (target) => ({ message: only(target, ({ bytes }) => [bytes.subarray(0, -1)]) })],
    ['lengthens', (target) => ({ message: only(target, ({ bytes }) => [Uint8Array.of(...bytes, 0)]) })],
    ['empties', (target) => ({ message: only(target, () => [new Uint8Array()]) })],
    ['swaps with the next', swapped],
    ['answers with itself', (target) => ({ message: only(target, mirrored) })],
  ]
  it.each(attacks.flatMap(([how, attack]) => messages.map((target) => ({ how, attack, target, of: nameOf(target) }))))(
    'cannot do harm when it $how $of $target.index',
    async ({ attack, target }) => {
      verifies('e2e.tamper')
      const story = await tell({ says: SAYS, relay: attack(target) })
      expect(harm(story)).toEqual([])
      if (isWitness(target)) expect([story.client, story.server]).not.toEqual([1000, 1000])
    },
  )

  it('cannot make success of a conversation that it cuts at any byte', async () => {
    verifies('e2e.tamper')
    for (const side of ['client', 'server'] as const) {
      for (let at = 0; at < streamBytes(side); at++) {
        const bytes = (one: Crossing, relay: EvilRelay): readonly Uint8Array[] => {
          if (one.from !== side || one.index + one.bytes.length <= at) return [one.bytes]
          if (one.index <= at) queueMicrotask(() => relay.cut())
          return one.index <= at ? [one.bytes.subarray(0, at - one.index)] : []
        }
        const story = await tell({ says: SHORT, relay: { bytes } })
        expect({ side, at, harm: harm(story, SHORT) }).toEqual({ side, at, harm: [] })
        const victim = side === 'client' ? story.server : story.client
        expect([1006, 'E2E_HANDSHAKE_FAILED']).toContain(victim)
      }
    }
  })
})

/** Whether all of it can be missed: the announcement is a hint, and after the last record there is nobody to be misled. */
const isWitness = (target: Crossing): boolean => {
  const last = messages.findLast(({ from }) => from === target.from)
  return nameOf(target) !== 'announcement' && target !== last
}

/** Holds the message back until the next of the same side has passed. */
function swapped(target: Crossing): EvilRelayOptions {
  let held: Uint8Array | undefined
  const message = ({ from, index, bytes }: Crossing): readonly Uint8Array[] => {
    if (from !== target.from) return [bytes]
    if (index === target.index) held = bytes
    if (index === target.index) return []
    return index === target.index + 1 && held ? [bytes, held] : [bytes]
  }
  return { message }
}

/** Sends it back to who sent it as well. */
function mirrored({ from, bytes }: Crossing, relay: EvilRelay): readonly Uint8Array[] {
  relay.inject(from, bytes)
  return [bytes]
}

describe('webtty e2e: a relay that replays', () => {
  it('cannot replay a whole conversation to the server', async () => {
    verifies('e2e.tamper', 'e2e.proof')
    const said = messages.filter(({ from }) => from === 'client')
    const relay = openEvilRelay()
    const served = secureServer(relay.server, serverOptions())
    for (const { bytes } of said) relay.inject('server', bytes)
    await expect(served).rejects.toMatchObject({ code: 'E2E_TAMPERED' })
  })

  it('cannot replay a whole conversation to a client', async () => {
    verifies('e2e.tamper')
    const story = await tell({
      says: SAYS,
      relay: {
        message: ({ from, index, bytes }) => {
          const old = messages.filter((one) => one.from === 'server')[index]
          return [from === 'server' && index > 0 && old ? old.bytes : bytes]
        },
      },
    })
    expect([harm(story), story.started, story.client]).toEqual([[], false, 'E2E_TAMPERED'])
  })

  it('cannot lead the records of one conversation into another of the same two', async () => {
    verifies('e2e.tamper')
    const relays: EvilRelay[] = []
    const crossed = (other: number): EvilRelayOptions => ({
      message: (crossing) => {
        if (HANDSHAKE[crossing.from][crossing.index] !== undefined) return [crossing.bytes]
        relays[other]?.inject(crossing.from === 'client' ? 'server' : 'client', crossing.bytes)
        return []
      },
    })
    const told = [1, 0].map((other) => tell({ says: SAYS, relay: crossed(other) }, (relay) => relays.push(relay)))
    for (const story of await Promise.all(told)) {
      expect([harm(story), story.serverHeard, story.server]).toEqual([[], [], 4409])
    }
  })
})

describe('webtty e2e: a relay that poses as the server', () => {
  it('is told from it by the key it offers, before anything is sent but the handshake', async () => {
    verifies('e2e.fail-first')
    const evil = { identity: STRANGER, clients: listOf(CLIENT) }
    const story = await tell({ says: SAYS, server: evil })
    expect([harm(story), story.started, story.client]).toEqual([[], false, 'E2E_SERVER_CHANGED'])
    expect(story.relay.captured.map(nameOf)).toEqual(['announcement', 'msg1'])
  })

  it('gets nowhere by claiming the pinned key without having it', async () => {
    verifies('e2e.fail-first')
    const claim = printAnnouncement(SERVER.endpoint)
    const story = await tell({
      says: SAYS,
      server: { identity: STRANGER },
      relay: { message: only({ from: 'server', index: 0 }, () => [claim]) },
    })
    expect([harm(story), story.started, story.client]).toEqual([[], false, 'E2E_HANDSHAKE_FAILED'])
  })

  it('gets nowhere with an identity that has the pinned signing key and its own static key', async () => {
    const mixed = { ...STRANGER, endpoint: { ...SERVER.endpoint } }
    const story = await tell({ says: SAYS, server: { identity: mixed } })
    expect([harm(story), story.started, story.client]).toEqual([[], false, 'E2E_HANDSHAKE_FAILED'])
  })

  it.each([
    ['a greeting of frames', utf8('\0\0\x02{}')],
    ['one that says it encrypts', utf8('\0\0\x0d{"e2e":true}')],
    ['text', utf8('HTTP/1.1 200 OK')],
  ])('cannot talk a client out of encryption by %s', async (_what, answer) => {
    verifies('e2e.fail-first')
    const message = ({ from }: Crossing, relay: EvilRelay): readonly Uint8Array[] => {
      if (from === 'client') relay.inject('client', answer)
      return []
    }
    const story = await tell({ says: SAYS, relay: { message } })
    expect([harm(story), story.started, story.client]).toEqual([[], false, 'E2E_REQUIRED'])
    expect(story.relay.captured.filter(({ from }) => from === 'client')).toHaveLength(1)
  })

  it('cannot use a proof that was made for itself', async () => {
    verifies('e2e.proof')
    // The client means to talk to the stranger, who passes its third message on to the real server.
    const toEvil = openEvilRelay()
    const toServer = openEvilRelay()
    const served = secureServer(toServer.server, serverOptions())
    const evil = secureServer(toEvil.server, serverOptions({ identity: STRANGER }))
    const fooled = secureClient(
      toEvil.client,
      clientOptions({ server: { identity: STRANGER.endpoint, name: 'shell' } }),
    )
    await Promise.all([evil, fooled])
    const ownFirst = openEvilRelay()
    void secureClient(ownFirst.client, clientOptions({ identity: STRANGER })).catch(() => undefined)
    while (ownFirst.captured.length === 0) await Promise.resolve()
    toServer.inject('server', ownFirst.captured[0]?.bytes as Uint8Array)
    toServer.inject('server', toEvil.captured.filter(({ from }) => from === 'client')[1]?.bytes as Uint8Array)
    ownFirst.cut()
    await expect(served).rejects.toMatchObject({ code: 'E2E_TAMPERED' })
  })
})

describe('webtty e2e: a relay that renames', () => {
  it.each([
    ['leads a client to another name of the same key', { names: ['other'] }, {}],
    ['leads it to another project', { projects: ['other'] }, { project: 'dev' }],
  ])('cannot do harm when it %s', async (_what, server, pinned) => {
    verifies('e2e.fail-first')
    const client = { server: { identity: SERVER.endpoint, name: 'shell', ...pinned } }
    const story = await tell({ says: SAYS, server, client })
    expect([harm(story), story.started, story.server]).toEqual([[], false, 'E2E_TAMPERED'])
  })

  it('cannot rewrite the name in the first message', async () => {
    verifies('e2e.fail-first')
    const rename = ({ bytes }: Crossing): readonly Uint8Array[] => {
      const text = Buffer.from(bytes).toString('latin1').replace('shell', 'other')
      return [new Uint8Array(Buffer.from(text, 'latin1'))]
    }
    const relay = { message: only({ from: 'client', index: 0 }, rename) }
    const story = await tell({ says: SAYS, relay, server: { names: ['other', 'shell'] } })
    expect([harm(story), story.started, story.server]).toEqual([[], false, 'E2E_TAMPERED'])
  })
})

describe('webtty e2e: a relay that sends points of low order', () => {
  const points = ['00', '01', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f']
  it.each(points)('%s as an ephemeral of either side ends it', async (hex) => {
    verifies('e2e.suite')
    const point = new Uint8Array(32)
    point.set(Buffer.from(hex, 'hex'))
    for (const target of [
      { from: 'client', index: 0 },
      { from: 'server', index: 1 },
    ] as const) {
      const swap = ({ bytes }: Crossing): readonly Uint8Array[] => {
        const copy = bytes.slice()
        copy.set(point, target.from === 'client' ? copy.length - 48 : 2)
        return [copy]
      }
      const story = await tell({ says: SAYS, relay: { message: only(target, swap) } })
      expect([harm(story), story.started]).toEqual([[], false])
      expect([story.client, story.server]).toContain('E2E_TAMPERED')
    }
  })
})

describe('webtty e2e: a relay that only listens', () => {
  it('never sees what was typed and printed, and sees each conversation anew', async () => {
    verifies('e2e.hidden')
    const again = await tell({ says: SAYS })
    expect([harm(again), again.client, again.server]).toEqual([[], 1000, 1000])
    const seen = new Set(messages.map(({ bytes }) => Buffer.from(bytes).toString('hex')))
    const same = again.relay.captured.filter(({ bytes }) => seen.has(Buffer.from(bytes).toString('hex')))
    expect(same.map(nameOf)).toEqual(['announcement'])
  })

  it('never sees who the client is', async () => {
    verifies('e2e.hidden')
    const crossed = Buffer.concat(messages.map(({ bytes }) => bytes))
    for (const key of [CLIENT.endpoint.ed25519, CLIENT.endpoint.x25519])
      expect(crossed.includes(Buffer.from(key))).toBe(false)
  })
})
