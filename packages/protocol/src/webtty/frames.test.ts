/** Proves that every webtty frame survives its bytes, and that no bytes do more than refuse. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { readFrames, WEBTTY_FRAME } from './frame.ts'
import { decodeFrame, encodeFrame, frameName, type FrameName, type WebttyFrame } from './frames.ts'
import { FD, SIGNALS } from './messages.ts'
import { putVarint, varintBytes, VarintReader } from './varint.ts'

const decodeAll = (message: Uint8Array): WebttyFrame[] => {
  const frames: WebttyFrame[] = []
  readFrames(message, (type, stream, body) => {
    const name = frameName(type)
    if (name) frames.push(decodeFrame(name, stream, body))
  })
  return frames
}

const problemOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'PROTOCOL_ERROR') return String(error.details['problem'])
    throw error
  }
  return 'none'
}

const number = fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: 20_000 }), fc.maxSafeNat())
const word = fc.string({ maxLength: 20 }).filter((text) => !text.includes('\0'))
const id = fc.stringMatching(/^[\w-]{1,64}$/)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const fd = fc.constantFrom(...Object.values(FD))
const ms = fc.nat({ max: 2 ** 31 - 1 })
const side = fc.integer({ min: 1, max: 65_535 })
const pixels = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
const argv = fc.array(word, { minLength: 1, maxLength: 5 }).filter(([program]) => program !== '')
const size = fc.record({ cols: side, rows: side, xPixels: pixels, yPixels: pixels })
const exit = fc.record({
  exitCode: fc.option(fc.nat({ max: 255 })),
  signal: fc.option(word),
  timedOut: fc.boolean(),
  killedBy: fc.option(word),
  stdoutBytes: number,
  stderrBytes: number,
  durationMs: number,
  startedAtMs: number,
  pipesHeldBy: fc.array(number, { maxLength: 3 }),
})
const eight = fc.uint8Array({ minLength: 8, maxLength: 8 })
const service = {
  host: maybe(word),
  port: side,
  protocol: fc.constantFrom('http', 'https', 'tcp'),
  hostHeader: maybe(word),
}
const labels = fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), word, { noNullPrototype: true, maxKeys: 3 })
const expose = fc.record({
  ...service,
  id,
  publish: fc.boolean(),
  name: maybe(word),
  tokenAuth: maybe(fc.boolean()),
  trustedIps: maybe(fc.array(word, { maxLength: 3 })),
  labels: maybe(labels),
  ttlMs: maybe(fc.integer({ min: 1 })),
  mcpPath: maybe(word),
})
const exposure = fc.record({
  ...service,
  host: word,
  id,
  name: word,
  url: word,
  tunnelId: word,
  kind: fc.constantFrom('http', 'tcp', 'private'),
  status: fc.constantFrom('online', 'reconnecting', 'expired', 'stopped', 'failed'),
  reason: maybe(word),
  tokenAuth: fc.boolean(),
  mcpPath: maybe(word),
  labels,
  createdAt: number,
  expiresAt: maybe(number),
})
const answered = fc.record({
  connected: fc.boolean(),
  problem: maybe(word),
  status: maybe(fc.integer({ min: 100, max: 999 })),
  headers: maybe(labels),
  bytes: number,
  sha256: maybe(word),
  head: word,
})
const BODIES: Record<FrameName, fc.Arbitrary<unknown>> = {
  hello: fc.record({
    protocol: fc.constant('webtty.v1'),
    features: fc.array(word, { maxLength: 3 }),
    client: maybe(word),
  }),
  open: fc.record({
    kind: fc.constantFrom('pty', 'exec'),
    processId: maybe(id),
    argv,
    cwd: maybe(word),
    env: maybe(fc.dictionary(fc.stringMatching(/^[A-Z_]{1,9}$/), word, { noNullPrototype: true })),
    envPolicy: maybe(fc.constantFrom('core', 'all', 'none')),
    tty: maybe(size),
    stdin: maybe(fc.constantFrom('none', 'pipe')),
    timeoutMs: maybe(ms),
    killGraceMs: maybe(ms),
    maxOutputBytes: maybe(ms),
    detach: maybe(fc.boolean()),
    label: maybe(word),
  }),
  opened: fc.record({ sessionId: word, processId: id, pid: number, resumeToken: word }),
  data: fc.record({ fd, offset: number.filter((at) => at < 2 ** 52), bytes: fc.uint8Array({ maxLength: 300 }) }),
  credit: fc.record({ fd, max: number, received: number }),
  resize: size,
  signal: fc.record({ name: fc.constantFrom(...SIGNALS), target: fc.constantFrom('group', 'leader', 'foreground') }),
  eof: fc.record({ fd, offset: number }),
  exit,
  attach: fc.record({ processId: id, resumeToken: maybe(word), offsets: fc.constant({ 1: 7, 2: 0 }) }),
  snapshot: fc.record({
    offset: number,
    cols: side,
    rows: side,
    last: fc.boolean(),
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  detach: fc.constant(null),
  reset: fc.record({ code: word, message: word, details: maybe(fc.constant({ limit: 3, name: 'x' })) }),
  ping: eight,
  pong: eight,
  list: fc.constant(null),
  processes: fc.record({
    last: fc.boolean(),
    processes: fc.array(
      fc.record({
        processId: id,
        sessionId: word,
        kind: fc.constantFrom('pty', 'exec'),
        argv: fc.array(word, { maxLength: 3 }),
        cwd: word,
        pid: number,
        state: fc.constantFrom('running', 'exited', 'lost'),
        label: maybe(word),
        detached: fc.boolean(),
        startedAtMs: number,
        exit: maybe(exit),
      }),
      { maxLength: 3 },
    ),
  }),
  ask: fc.oneof(
    fc.record({ ask: number, use: fc.constant('expose'), expose }),
    fc.record({ ask: number, use: fc.constant('exposed') }),
    fc.record({ ask: number, use: fc.constant('unexpose'), id }),
    fc.record({ ask: number, use: fc.constant('probe'), probe: fc.record({ ...service, path: maybe(word) }) }),
  ),
  answer: fc.record({
    ask: number,
    last: fc.boolean(),
    exposures: maybe(fc.array(exposure, { maxLength: 3 })),
    probe: maybe(answered),
    error: maybe(fc.record({ code: word, message: word })),
  }),
}
const OF_CONNECTION: readonly FrameName[] = ['hello', 'ping', 'pong', 'list', 'processes', 'ask', 'answer']
const frame = fc.constantFrom(...(Object.keys(BODIES) as FrameName[])).chain((name) =>
  fc.record({
    name: fc.constant(name),
    stream: OF_CONNECTION.includes(name) ? fc.constant(0) : fc.maxSafeNat().map((id) => Math.max(id, 1)),
    body: BODIES[name],
  }),
) as fc.Arbitrary<WebttyFrame>

const message = fc.array(frame, { minLength: 1, maxLength: 6 })
const joined = (frames: readonly WebttyFrame[]): Uint8Array => Buffer.concat(frames.map(encodeFrame))
/** Optional keys that are undefined are absent on the wire. */
const plain = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? [...value]
    : Array.isArray(value)
      ? value.map(plain)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, plain(item)]])),
          )
        : value

describe('webtty frames', () => {
  it('come out of their bytes as they went in, several in one message', () => {
    fc.assert(
      fc.property(message, (frames) => {
        expect(plain(decodeAll(joined(frames)))).toEqual(plain(frames))
      }),
    )
  })

  it('of any bytes refuse with PROTOCOL_ERROR and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void problemOf(() => decodeAll(bytes))),
      { numRuns: 2000 },
    )
  })

  it('that were broken at a few bytes refuse with PROTOCOL_ERROR or are other frames', () => {
    const broken = fc.tuple(message, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }))
    fc.assert(
      fc.property(broken, ([frames, flips]) => {
        const bytes = joined(frames)
        for (const [at, value] of flips) bytes[at % bytes.length] = value
        problemOf(() => decodeAll(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  it('cut short anywhere inside a frame are refused', () => {
    fc.assert(
      fc.property(frame, (one) => {
        const bytes = encodeFrame(one)
        for (let at = 0; at < bytes.length; at++)
          expect(problemOf(() => decodeAll(bytes.subarray(0, at)))).not.toBe('none')
      }),
    )
  })

  it.each([
    ['an empty message', '', 'a message without a frame'],
    ['a length over the bound', `03 01 ${varint(LIMITS.webttyFrameBytes + 1)}`, 'a frame of 262145 bytes'],
    ['hello on a stream', '00 01 00', 'a frame hello on stream 1'],
    ['data on stream 0', '03 00 02 00 00', 'a frame data on stream 0'],
    ['an fd 4', '03 01 02 04 00', 'an fd 4'],
    ['a number over 2^53-1', '04 01 0a 00 e0 00 00 00 00 00 00 00 00', 'a number over 2^53-1'],
    ['bytes after a credit', '04 01 04 00 05 00 00', 'bytes after the end of a body'],
    ['a terminal of no rows', '05 01 04 05 00 00 00', 'a terminal without a cell'],
    ['a detach with a body', '0b 01 01 00', 'a body where there is none'],
    ['a short ping', '0d 00 01 00', 'a ping of 1 bytes'],
    ['text that is not JSON', '01 01 02 7b 5b', 'open is not JSON in UTF-8'],
    ['text that is not UTF-8', '01 01 02 22 ff', 'open is not JSON in UTF-8'],
  ])('refuse %s', (_name, hex, problem) => {
    expect(problemOf(() => decodeAll(Buffer.from(hex.replaceAll(' ', ''), 'hex')))).toBe(problem)
  })

  it.each([
    [{ kind: 'exec' }, 'open names no command'],
    [{ kind: 'exec', argv: [] }, 'open.argv names no program'],
    [{ kind: 'exec', argv: [''] }, 'open.argv names no program'],
    [{ kind: 'exec', argv: ['a\0b'] }, 'open.argv[0] holds a NUL'],
    [{ kind: 'exec', argv: ['a', 1] }, 'open.argv[1] is not text'],
    [{ kind: 'exec', argv: ['a'], shell: 'b' }, 'open has both argv and shell'],
    [{ kind: 'exec', argv: ['ä'.repeat(LIMITS.webttyArgvBytes / 2)] }, 'open.argv is longer than 131072 bytes'],
    [{ kind: 'exec', argv: ['a'], env: { 'A=B': '' } }, 'open.env has a variable without a proper name'],
    [
      { kind: 'exec', argv: ['a'], env: { A: 'x'.repeat(LIMITS.webttyEnvBytes) } },
      'open.env is longer than 131072 bytes',
    ],
    [{ kind: 'exec', argv: ['a'], timeoutMs: 2 ** 31 }, 'open.timeoutMs is not a whole number from 0 to 2147483647'],
    [{ kind: 'exec', argv: ['a'], processId: '../x' }, 'open.processId is not 1 to 64 of A-Z a-z 0-9 "_" "-"'],
    [{ kind: 'pty', tty: { cols: 0, rows: 1 } }, 'open.tty.cols is not a whole number from 1 to 65535'],
    [{ kind: 'root' }, 'open.kind is not one of pty, exec'],
    ['x', 'open is not an object'],
  ])('refuse to open, case %#', (body, problem) => {
    expect(problemOf(() => decodeFrame('open', 1, Buffer.from(JSON.stringify(body))))).toBe(problem)
  })

  it.each([
    [{ ask: 1 }, 'ask.use is not one of expose, exposed, unexpose, probe'],
    [{ ask: 1, use: 'constructor' }, 'ask.use is not one of expose, exposed, unexpose, probe'],
    [{ ask: 1, use: 'expose' }, 'ask.expose is not an object'],
    [{ use: 'exposed' }, `ask.ask is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`],
    [{ ask: 1, use: 'unexpose', id: 'a b' }, 'ask.id is not 1 to 64 of A-Z a-z 0-9 "_" "-"'],
    [
      { ask: 1, use: 'probe', probe: { port: 0, protocol: 'tcp' } },
      'ask.probe.port is not a whole number from 1 to 65535',
    ],
    [
      { ask: 1, use: 'probe', probe: { port: 1, protocol: 'udp' } },
      'ask.probe.protocol is not one of http, https, tcp',
    ],
    [null, 'ask.use is not one of expose, exposed, unexpose, probe'],
  ])('refuse to ask, case %#', (body, problem) => {
    expect(problemOf(() => decodeFrame('ask', 0, Buffer.from(JSON.stringify(body))))).toBe(problem)
  })

  it('drop what an open asks for that this version does not know', () => {
    const body = { kind: 'exec', argv: ['a'], future: 1, env: { __proto__: 'x' } }
    expect(decodeFrame('open', 1, Buffer.from(JSON.stringify(body))).body).toEqual({
      kind: 'exec',
      argv: ['a'],
      env: {},
    })
  })

  it('have the types of the table and no two alike', () => {
    const types = Object.values(WEBTTY_FRAME)
    expect(new Set(types).size).toBe(types.length)
    expect(types.filter((type) => [0x0e, 0x0f, 0x10, 0xe0, 0xe1].includes(type))).toEqual([])
  })
})

describe('webtty varint', () => {
  it('reads what it wrote in the fewest bytes', () => {
    fc.assert(
      fc.property(number, (value) => {
        const bytes = new Uint8Array(varintBytes(value))
        expect(putVarint(bytes, 0, value)).toBe(bytes.length)
        expect(new VarintReader(bytes).next()).toBe(value)
      }),
    )
  })

  it.each([
    ['c2197c5eff14e88c', 151_288_809_941_952_652n],
    ['9d7f3e7d', 494_878_333n],
    ['7bbd', 15_293n],
    ['25', 37n],
    ['4025', 37n],
  ])('reads the examples of RFC 9000: %s', (hex, value) => {
    const read = () => new VarintReader(Buffer.from(hex, 'hex')).next()
    if (value > Number.MAX_SAFE_INTEGER) expect(problemOf(read)).toBe('a number over 2^53-1')
    else expect(read()).toBe(Number(value))
  })
})

function varint(value: number): string {
  const bytes = new Uint8Array(varintBytes(value))
  putVarint(bytes, 0, value)
  return Buffer.from(bytes).toString('hex')
}
