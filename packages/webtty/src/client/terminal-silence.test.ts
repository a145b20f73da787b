/** Proves that what is typed into silence reaches a real program once and in order, whatever becomes of the attempts to come back. */
import { silentLog } from '@towline/base'
import { WEBTTY_CLOSE } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, describe, expect, it } from 'vitest'
import type { Carrier } from '../carrier/carrier.ts'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { FACTS } from '../host/raw-peer.fixture.ts'
import { serveConnection } from '../host/serve-connection.ts'
import { bash, sessionsFixture } from '../session/sessions.fixture.ts'
import { openTerminal } from './open-terminal.ts'
import { Screen, seeded } from './terminal.fixture.ts'

const fixture = sessionsFixture({}, { PATH: process.env['PATH'] })
afterAll(() => fixture[Symbol.asyncDispose]())

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))
const turns = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at++) await turn()
}

/** After so many messages nothing goes either way; the client gives it up a little later, and the server never hears of it. */
const fallsSilent = (near: Carrier, after: number): Carrier => {
  const { send } = near
  let left = after
  near.send = (message) => {
    if (--left > 0) return send.call(near, message)
    if (left < 0) return true
    near.pause()
    near.close = () => {}
    void turns(3).then(() => near.sink.closed({ code: WEBTTY_CLOSE.silent, reason: 'nothing was heard' }))
    return true
  }
  return near
}

describe('webtty terminal: over silence', () => {
  it.each([1, 2, 3, 4, 5])('loses and repeats nothing when it is woken at any moment, seed %i', async (seed) => {
    verifies('term.resume')
    const random = seeded(seed)
    let connections = 0
    let wakes = 0
    const connect = async (): Promise<Carrier> => {
      await turns(Math.floor(random() * 3))
      if (connections++ > 0 && random() < 0.2) return await new Promise<Carrier>(() => {})
      const { near, far } = memoryCarriers()
      serveConnection({ carrier: far, sessions: fixture.sessions, facts: FACTS, log: silentLog() })
      return fallsSilent(near, 4 + Math.floor(random() * 8))
    }
    const screen = new Screen()
    const argv = bash('stty raw -echo; printf "> "; exec cat')
    const terminal = openTerminal({ connect, request: { kind: 'pty', argv }, sink: screen, random: () => 0 })
    screen.terminal = terminal
    const step = async (): Promise<void> => {
      if (terminal.state === 'connecting' || random() < 0.3) {
        wakes += 1
        terminal.wake()
      }
      await turns(1 + Math.floor(random() * 8))
    }
    await screen.until(() => screen.end === 2)
    let typed = '> '
    for (let at = 0; at < 60; at++) {
      const text = `${at} `.repeat(1 + Math.floor(random() * 100))
      typed += text
      terminal.write(Buffer.from(text))
      await step()
    }
    while (screen.end < typed.length && terminal.state !== 'ended') await step()
    terminal.close()
    expect([screen.shown.toString(), await terminal.done]).toEqual([typed, { how: 'closed' }])
    expect(Math.min(connections, wakes)).toBeGreaterThan(3)
  })
})
