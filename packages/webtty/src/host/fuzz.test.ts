/** Proves that no message a peer sends makes a host or a client throw, or be a bug of ours. */
import { createLog } from '@towline/base'
import { encodeFrame, FD, type WebttyFrame } from '@towline/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { connectWebtty } from '../client/connection.ts'
import { FakeSessions } from '../session/fake-sessions.fixture.ts'
import { FACTS } from './raw-peer.fixture.ts'
import { serveConnection } from './serve-connection.ts'

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

const stream = fc.integer({ min: 1, max: 4 })
const fd = fc.constantFrom(...Object.values(FD))
const small = fc.oneof(fc.nat({ max: 9 }), fc.maxSafeNat())
const bytes = fc.uint8Array({ maxLength: 20 })
const frame = fc
  .oneof(
    fc.record({
      name: fc.constant('open'),
      stream,
      body: fc.constantFrom({ kind: 'pty' }, { kind: 'exec', argv: ['x'] }),
    }),
    fc.record({
      name: fc.constant('opened'),
      stream,
      body: fc.constant({ sessionId: 's', processId: 'p', pid: 1, resumeToken: '' }),
    }),
    fc.record({
      name: fc.constant('attach'),
      stream,
      body: fc.constant({ processId: 'prc_1', offsets: { 1: 3, 3: 9 } }),
    }),
    fc.record({ name: fc.constant('data'), stream, body: fc.record({ fd, offset: fc.nat({ max: 99 }), bytes }) }),
    fc.record({ name: fc.constant('credit'), stream, body: fc.record({ fd, max: small, received: small }) }),
    fc.record({ name: fc.constant('eof'), stream, body: fc.record({ fd, offset: small }) }),
    fc.record({ name: fc.constantFrom('detach'), stream, body: fc.constant(null) }),
    fc.record({
      name: fc.constant('snapshot'),
      stream,
      body: fc.record({ offset: small, cols: fc.constant(9), rows: fc.constant(9), last: fc.boolean(), bytes }),
    }),
    fc.record({ name: fc.constant('reset'), stream, body: fc.constant({ code: 'X', message: '' }) }),
    fc.record({
      name: fc.constant('ping'),
      stream: fc.constant(0),
      body: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    }),
    fc.record({ name: fc.constant('list'), stream: fc.constant(0), body: fc.constant(null) }),
  )
  .map((value) => encodeFrame(value as WebttyFrame))

/** Mostly good frames; some broken in one byte, some of nothing known. */
const message = fc.array(fc.oneof({ weight: 9, arbitrary: frame }, { weight: 1, arbitrary: bytes }), {
  minLength: 1,
  maxLength: 5,
})
const messages = fc.tuple(
  fc.array(message, { maxLength: 12 }),
  fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 2 }),
)
const broken = ([all, flips]: readonly [
  readonly Uint8Array[][],
  readonly (readonly [number, number])[],
]): Uint8Array[] => {
  const sent = all.map((parts) => new Uint8Array(Buffer.concat(parts)))
  for (const [at, value] of flips) {
    const one = sent[at % Math.max(sent.length, 1)]
    if (one && one.length > 0) one[at % one.length] = value
  }
  return sent
}

describe('webtty fuzz', () => {
  it('leaves a host with an answer or a close, and no bug in its log', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'error', stream: { write: (line) => lines.push(line) } })
    await fc.assert(
      fc.asyncProperty(messages, async (cases) => {
        const { near, far } = memoryCarriers()
        const sessions = new FakeSessions()
        sessions.play = (process) => process.prints(FD.stdout, 'x'.repeat(50))
        const served = serveConnection({ carrier: far, sessions, facts: FACTS, log })
        near.resume()
        near.send(encodeFrame({ name: 'hello', stream: 0, body: { protocol: 'webtty.v1', features: [] } }))
        for (const one of broken(cases)) near.send(one)
        await turn()
        near.close(1000)
        await served.closed
        expect([...sessions.all.values()].flatMap(({ cursors }) => [...cursors])).toEqual([])
      }),
      { numRuns: 300 },
    )
    expect(lines).toEqual([])
  })

  it('leaves a client with what it asked for or an error', async () => {
    await fc.assert(
      fc.asyncProperty(messages, async (cases) => {
        const { near, far } = memoryCarriers()
        far.resume()
        far.send(
          encodeFrame({ name: 'hello', stream: 0, body: { protocol: 'webtty.v1', features: [], server: FACTS } }),
        )
        const connection = await connectWebtty(near)
        let end = 0
        const process = connection.open(
          { kind: 'pty' },
          { sink: { output: (_fd, offset, part) => void (end = offset + part.length) } },
        )
        for (const one of broken(cases)) far.send(one)
        await turn()
        expect(end).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
        far.close(1000)
        await connection.closed
        await process.exit.catch(() => {})
      }),
      { numRuns: 300 },
    )
  })
})
