/** Proves encryption under a real terminal: new keys while it runs, new keys when it comes back, and whose it is. */
import { silentLog } from '@towline/base'
import { type Limits, LIMITS } from '@towline/protocol'
import { type EvilRelay, openEvilRelay } from '@towline/testkit/evil-relay'
import { verifies } from '@towline/testkit/verifies'
import { eventually } from '@towline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { connectWebtty } from '../client/connection.ts'
import { openTerminal, type Terminal } from '../client/open-terminal.ts'
import { FACTS } from '../host/raw-peer.fixture.ts'
import { serveConnection } from '../host/serve-connection.ts'
import { openSessions } from '../session/open-sessions.ts'
import type { Sessions } from '../session/session-types.ts'
import { secureClient } from './client.ts'
import { PendingHandshakes } from './channel/pending-handshakes.ts'
import { CLIENT, clientOptions, listOf, serverOptions, STRANGER } from './e2e.fixture.ts'
import type { LocalIdentity } from './identity/local-identity.ts'
import { secureServer } from './server.ts'

let sessions: Sessions | undefined
afterEach(() => sessions?.close())

const ROLES = { find: async () => ({ name: 'ann', roles: ['exec', 'pty'] }), hold: () => () => undefined }

/** A server whose every connection goes through a relay of its own. */
const rig = (limits: Partial<Limits> = {}) => {
  const host = openSessions({ env: { PATH: process.env.PATH }, log: silentLog() })
  sessions = host
  const bounds = { ...LIMITS, ...limits }
  const relays: EvilRelay[] = []
  const connect = async (identity: LocalIdentity = CLIENT) => {
    const relay = openEvilRelay()
    relays.push(relay)
    const serves = secureServer(relay.server, serverOptions({ limits: bounds, clients: ROLES }))
    const asks = secureClient(relay.client, clientOptions({ limits: bounds, identity }))
    const [{ carrier, client }, far] = await Promise.all([serves, asks])
    const by = { key: client.fingerprint, roles: client.roles }
    serveConnection({ carrier, sessions: host, facts: { ...FACTS, e2e: true }, log: silentLog(), by })
    return far
  }
  return { host, relays, connect }
}

const screenOf = (connect: () => ReturnType<ReturnType<typeof rig>['connect']>, argv: readonly string[]) => {
  let shown = ''
  let terminal: Terminal | undefined
  const sink = {
    output: (offset: number, bytes: Uint8Array) => {
      shown += Buffer.from(bytes).toString('latin1')
      terminal?.consumed(offset + bytes.length)
    },
    snapshot: () => undefined,
    drained: () => undefined,
    state: () => undefined,
  }
  const request = { kind: 'pty', argv } as const
  const made = openTerminal({ connect: () => connect(), hello: { secured: true }, request, sink, random: () => 0 })
  terminal = made
  const until = (text: string): Promise<true> => eventually(text, () => (shown.includes(text) ? true : undefined))
  return { terminal: made, until, shown: () => shown }
}

const REKEY_BYTES = 18
const rekeys = ({ captured }: EvilRelay, side: string): number =>
  captured.filter(({ from, bytes }) => from === side && bytes[0] === 0xe1 && bytes.length === REKEY_BYTES).length

describe('webtty e2e: a terminal', () => {
  it('takes new keys again and again while it runs, in both directions, and loses nothing', async () => {
    verifies('e2e.suite')
    const { relays, connect } = rig({ e2eRekeyRecords: 4 })
    const { terminal, until, shown } = screenOf(connect, ['cat'])
    for (let at = 0; at < 40; at++) {
      terminal.write(Buffer.from(`line ${at}\n`))
      await until(`line ${at}\r\nline ${at}\r\n`)
    }
    const relay = relays[0] as EvilRelay
    expect(Math.min(rekeys(relay, 'client'), rekeys(relay, 'server'))).toBeGreaterThan(10)
    expect(shown().match(/line \d+\r\n/g)).toHaveLength(80)
    terminal.close()
    await terminal.done
  })

  it('comes back under new keys, and takes no record of those before', async () => {
    verifies('e2e.suite', 'e2e.tamper')
    const { relays, connect } = rig()
    const { terminal, until, shown } = screenOf(connect, ['cat'])
    terminal.write(Buffer.from('before\n'))
    await until('before\r\nbefore\r\n')
    relays[0]?.cut()
    terminal.write(Buffer.from('after\n'))
    await until('after\r\nafter\r\n')
    expect(shown()).toBe('before\r\nbefore\r\nafter\r\nafter\r\n')
    const [first, second] = relays as [EvilRelay, EvilRelay]
    for (const at of [0, 1]) {
      const [one, two] = [first, second].map(({ captured }) => captured.filter(({ from }) => from === 'client')[at])
      expect(one?.bytes).not.toEqual(two?.bytes)
    }
    const old = first.captured.findLast(({ from }) => from === 'client')?.bytes as Uint8Array
    second.inject('server', old)
    await eventually('a third connection, after that one was broken off', () => (relays.length > 2 ? true : undefined))
    terminal.write(Buffer.from('still\n'))
    await until('still\r\nstill\r\n')
    terminal.close()
    await terminal.done
  })

  it('is not taken over by another client of the list who stole its token', async () => {
    verifies('e2e.proof')
    const { connect } = rig()
    const { terminal, until } = screenOf(connect, ['cat'])
    terminal.write(Buffer.from('mine\n'))
    await until('mine\r\nmine')
    const { processId, resumeToken } = terminal.session ?? { processId: '', resumeToken: '' }
    const thief = await connectWebtty(await connect(STRANGER), { secured: true })
    const stolen = thief.attach({ processId, resumeToken, offsets: { 3: 0 } }, { sink: { output: () => undefined } })
    await expect(stolen.opened).rejects.toMatchObject({ code: 'PROCESS_UNKNOWN' })
    expect(await thief.list()).toEqual([])
    thief.close()
    terminal.write(Buffer.from('still mine\n'))
    await until('still mine\r\nstill mine')
    terminal.close()
    await terminal.done
  })
})

describe('webtty e2e: ten thousand half-open handshakes', () => {
  it.each([
    ['of other addresses', (at: number) => `198.51.100.${at % 250}`],
    ['of the same address', () => '192.0.2.1'],
  ])('%s keep nobody out, and hold no more than a few places', async (_of, addressOf) => {
    verifies('e2e.proof')
    const pending = new PendingHandshakes()
    let [over, most] = [0, 0]
    for (let at = 0; at < 10_000; at++) {
      const { server } = openEvilRelay()
      const address = addressOf(at)
      void secureServer(server, serverOptions({ pending, address, clients: listOf(CLIENT) })).catch(() => over++)
      most = Math.max(most, pending.count)
      if (at % 1000 !== 999) continue
      const relay = openEvilRelay()
      const real = secureServer(relay.server, serverOptions({ pending, address: '192.0.2.1' }))
      await secureClient(relay.client, clientOptions())
      expect((await real).client.name).toBe('ann')
    }
    await eventually('the end of all but a few', () => (over >= 10_000 - LIMITS.e2eHandshakes ? true : undefined))
    expect(most).toBe(LIMITS.e2eHandshakes)
  })
})
