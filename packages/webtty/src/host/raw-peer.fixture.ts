/** Owns a peer of a host in a test that sends any frame and hears every one, and connections to a fake of `Sessions`. */
import { silentLog } from '@towline/base'
import { decodeFrame, encodeFrame, frameName, readFrames, type ServerFacts, type WebttyFrame } from '@towline/protocol'
import type { Carrier, CarrierEnd } from '../carrier/carrier.ts'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { FakeSessions } from '../session/fake-sessions.fixture.ts'
import { type Ask, serveConnection } from './serve-connection.ts'

export const FACTS: ServerFacts = {
  name: 'lab',
  os: 'linux',
  arch: 'x64',
  hostname: 'lab.example',
  user: 'me',
  e2e: false,
  execPath: '/',
}

class RawPeer {
  readonly frames: WebttyFrame[] = []
  readonly messageBytes: number[] = []
  readonly end: Promise<CarrierEnd>
  readonly #carrier: Carrier
  #waiting: (() => void)[] = []

  constructor(carrier: Carrier) {
    this.#carrier = carrier
    this.end = new Promise((done) => {
      carrier.sink = {
        message: (bytes) => this.#onMessage(bytes),
        drained() {},
        closed: (end) => {
          done(end)
          this.#wake()
        },
      }
    })
    carrier.resume()
  }

  send(...frames: readonly WebttyFrame[]): void {
    this.raw(Buffer.concat(frames.map(encodeFrame)))
  }

  raw(bytes: Uint8Array): void {
    this.#carrier.send(bytes)
  }

  hello(): void {
    this.send({ name: 'hello', stream: 0, body: { protocol: 'webtty.v1', features: [] } })
  }

  /** The first frame of that name that was not yet asked for. */
  async next<Name extends WebttyFrame['name']>(name: Name): Promise<Extract<WebttyFrame, { name: Name }>> {
    for (;;) {
      const at = this.frames.findIndex((frame) => frame.name === name)
      if (at >= 0) return this.frames.splice(at, 1)[0] as Extract<WebttyFrame, { name: Name }>
      await new Promise<void>((done) => this.#waiting.push(done))
    }
  }

  pause(): void {
    this.#carrier.pause()
  }

  resume(): void {
    this.#carrier.resume()
  }

  close(): void {
    this.#carrier.close(1000)
  }

  #onMessage(message: Uint8Array): void {
    const bytes = message.slice()
    this.messageBytes.push(bytes.length)
    readFrames(bytes, (type, stream, body) => {
      const name = frameName(type)
      if (name) this.frames.push(decodeFrame(name, stream, body))
    })
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

/** A host over memory that serves fakes. */
export const rawRig = (permit?: (ask: Ask) => void) => {
  const sessions = new FakeSessions()
  const { near, far, cut } = memoryCarriers()
  const served = serveConnection({ carrier: far, sessions, facts: FACTS, log: silentLog(), ...(permit && { permit }) })
  return { sessions, served, cut, carrier: far, peer: new RawPeer(near) }
}
