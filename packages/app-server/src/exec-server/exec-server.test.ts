/** Proves what clients of the exec-server are answered: who is turned away, what they are told of processes, and how they come back. */
import { LIMITS } from '@towline/protocol'
import { openHttpService } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ask,
  connect,
  MemoryWire,
  openPlayed,
  type Played,
  type PlayedProcess,
  START,
  type Told,
} from './peer.fixture.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

let played: Played
beforeEach(() => {
  played = openPlayed()
})
afterEach(() => played.server.close())

const process = (at = 0): PlayedProcess => played.processes[at] as PlayedProcess
const events = (wire: MemoryWire): readonly Told[] => wire.told.filter(({ id }) => id === undefined)

describe('exec-server: refuses', () => {
  it('everything before initialize, and a second one', async () => {
    const wire = new MemoryWire()
    played.server.serve(wire)
    const early = await ask(wire, 'process/start', START)
    expect(early.error).toEqual({ code: -32600, message: 'process/start comes after initialize' })
    await ask(wire, 'initialize', { clientName: 'x' })
    expect((await ask(wire, 'initialize', { clientName: 'x' })).error?.code).toBe(-32600)
  })

  it.each([
    ['no/method', {}, -32601, 'no/method'],
    ['__proto__', {}, -32601, '__proto__'],
    ['process/start', { ...START, argv: [] }, -32602, 'argv'],
    ['process/start', { ...START, cwd: '/srv' }, -32602, 'file: URI'],
    ['fs/readFile', { path: '/etc/hostname' }, -32602, 'file: URI'],
    ['fs/readFile', { path: 'file://elsewhere/etc' }, -32602, 'file: URI'],
    ['fs/getMetadata', { path: 'file:///no/such' }, -32004, 'No such file or directory (os error 2)'],
    ['process/write', { processId: 'p1', chunk: '!' }, -32602, 'chunk'],
    ['process/read', { processId: 'nobody' }, -32600, 'unknown process'],
  ])('%s with %j', async (method, params, code, words) => {
    const [wire] = await connect(played.server)
    const { error } = await ask(wire, method, params)
    expect(error).toEqual({ code, message: expect.stringContaining(words) })
  })

  it('what is no message, and goes on', async () => {
    const [wire] = await connect(played.server)
    wire.sink?.message('{')
    wire.sink?.message('[]')
    const codes = wire.told.flatMap(({ id, error }) => (id === null && error ? [error.code] : []))
    expect(codes).toEqual([-32700, -32600])
    expect((await ask(wire, 'environment/status')).result).toEqual({ status: 'ready' })
  })

  it('a process whose id is taken', async () => {
    const [wire] = await connect(played.server)
    await ask(wire, 'process/start', START)
    expect((await ask(wire, 'process/start', START)).error?.message).toContain('already exists')
  })

  it('a session that somebody holds, or nobody knows', async () => {
    const [, { result }] = await connect(played.server)
    const [, held] = await connect(played.server, result.sessionId)
    const [, unknown] = await connect(played.server, 'nothing')
    expect([held.error?.code, unknown.error?.code]).toEqual([-32010, -32600])
  })
})

describe('exec-server', () => {
  it('tells where it is', async () => {
    const [wire] = await connect(played.server)
    const { result } = await ask(wire, 'environment/info', null)
    expect(result).toMatchObject({ shell: { name: 'bash', path: '/bin/bash' }, cwd: 'file:///srv' })
  })

  it('answers a request that has no params', async () => {
    const [wire] = await connect(played.server)
    wire.sink?.message(JSON.stringify({ id: 'bare', method: 'environment/status' }))
    expect((await wire.said('the answer', ({ id }) => (id as unknown) === 'bare')).result).toEqual({ status: 'ready' })
  })

  it('tells output, exit and close in one count', async () => {
    verifies('execd.protocol')
    const [wire] = await connect(played.server)
    expect((await ask(wire, 'process/start', START)).result).toEqual({ processId: 'p1', sandboxType: 'none' })
    process().prints('one')
    process().exits(null, 'SIGKILL')
    expect(events(wire)).toEqual([
      { method: 'process/output', params: { processId: 'p1', seq: 1, stream: 'stdout', chunk: base64('one') } },
      { method: 'process/exited', params: { processId: 'p1', seq: 2, exitCode: 137, sandboxDenied: false } },
      { method: 'process/closed', params: { processId: 'p1', seq: 3 } },
    ])
    expect((await ask(wire, 'process/terminate', { processId: 'p1' })).result).toEqual({ running: false })
  })

  it('gives a process what the policy leaves, and nothing of its own', async () => {
    const [wire] = await connect(played.server)
    const envPolicy = {
      inherit: 'all',
      ignoreDefaultExcludes: false,
      exclude: ['HO*'],
      set: { A: '1' },
      includeOnly: [],
    }
    await ask(wire, 'process/start', { ...START, env: { B: '2' }, envPolicy })
    expect(process().spec.env).toEqual({ PATH: '/usr/bin:/bin', A: '1', B: '2' })
  })

  it('writes once what is sent twice, and says what takes no input', async () => {
    const [wire] = await connect(played.server)
    await ask(wire, 'process/start', { ...START, pipeStdin: true })
    const write = { processId: 'p1', chunk: base64('hi'), writeId: 'w1' }
    expect((await ask(wire, 'process/write', write)).result).toEqual({ status: 'accepted' })
    await ask(wire, 'process/write', write)
    expect(process().written).toBe('hi')
    await ask(wire, 'process/start', { ...START, processId: 'p2' })
    expect((await ask(wire, 'process/write', { ...write, processId: 'p2' })).result).toEqual({ status: 'stdinClosed' })
    expect((await ask(wire, 'process/write', { ...write, processId: 'p3' })).result).toEqual({
      status: 'unknownProcess',
    })
  })

  it('writes in order to a process that takes no more for a while', async () => {
    const [wire] = await connect(played.server)
    await ask(wire, 'process/start', { ...START, pipeStdin: true })
    const long = 'x'.repeat(LIMITS.execServerStdinBytes)
    await ask(wire, 'process/write', { processId: 'p1', chunk: base64(long), writeId: '1' })
    const later = [ask(wire, 'process/write', { processId: 'p1', chunk: base64('a'), writeId: '2' })]
    later.push(ask(wire, 'process/write', { processId: 'p1', chunk: base64('b'), writeId: '3' }))
    await ask(wire, 'environment/status')
    expect(process().written.length).toBe(long.length)
    process().takes(long.length)
    await Promise.all(later)
    expect(process().written.slice(-2)).toBe('ab')
  })

  it('interrupts and ends', async () => {
    const [wire] = await connect(played.server)
    await ask(wire, 'process/start', START)
    await ask(wire, 'process/signal', { processId: 'p1', signal: 'interrupt' })
    expect((await ask(wire, 'process/terminate', { processId: 'p1' })).result).toEqual({ running: true })
    expect([process().isInterrupted, process().wasEnded]).toEqual([true, true])
  })

  it('ends a process that was to end before it had started', async () => {
    let begin = (): void => undefined
    const found = new Promise<string>((done) => {
      begin = () => done('/usr/bin/bwrap')
    })
    const slow = openPlayed(() => found)
    const [wire] = await connect(slow.server)
    const sandbox = { permissions: { type: 'external', network: 'restricted' } }
    const starting = ask(wire, 'process/start', { ...START, sandbox })
    expect((await ask(wire, 'process/terminate', { processId: 'p1' })).result).toEqual({ running: true })
    begin()
    await starting
    expect(slow.processes[0]?.wasEnded).toBe(true)
    await slow.server.close()
  })

  it('answers a read that waits when there is something', async () => {
    const [wire] = await connect(played.server)
    await ask(wire, 'process/start', START)
    const reading = ask(wire, 'process/read', { processId: 'p1', afterSeq: 0, waitMs: 10_000 })
    await ask(wire, 'environment/status')
    process().prints('now')
    expect((await reading).result).toMatchObject({ chunks: [{ seq: 1 }], nextSeq: 2, exited: false, closed: false })
  })

  it('stops a process whose client does not read', async () => {
    const [wire] = await connect(played.server)
    await ask(wire, 'process/start', START)
    wire.queued = LIMITS.execServerQueueBytes
    process().prints('x')
    expect(process().isPaused).toBe(true)
    wire.queued = 0
    wire.sink?.drained()
    expect(process().isPaused).toBe(false)
  })

  it('reads no more of a body than its client takes', async () => {
    const body = 'x'.repeat(1_000)
    await using service = await openHttpService((_request, response) => response.end(body))
    const [wire] = await connect(played.server)
    wire.queued = LIMITS.execServerQueueBytes
    const params = { requestId: 'r1', method: 'GET', url: `http://127.0.0.1:${service.port}/`, streamResponse: true }
    expect((await ask(wire, 'http/request', params)).result).toMatchObject({ status: 200, bodyBase64: '' })
    // By the end of another, the first was there whole.
    const whole = { ...params, requestId: 'r2', streamResponse: false }
    expect((await ask(wire, 'http/request', whole)).result.bodyBase64).toBe(base64(body))
    expect(events(wire)).toEqual([])
    wire.queued = 0
    wire.sink?.drained()
    await wire.said('the end of the body', ({ params: told }) => told?.done === true)
    const parts = events(wire).map(({ params: told }) => Buffer.from(told.deltaBase64, 'base64').toString())
    expect(parts.join('')).toBe(body)
  })

  it('reads no more requests than can be under way', async () => {
    const [wire] = await connect(played.server)
    await ask(wire, 'process/start', START)
    const read = { processId: 'p1', afterSeq: 0, waitMs: 10_000 }
    const many = Array.from({ length: LIMITS.execServerRequests }, () => ask(wire, 'process/read', read))
    expect(wire.isPaused).toBe(true)
    process().prints('x')
    await Promise.all(many)
    expect(wire.isPaused).toBe(false)
  })
})

describe('exec-server: a client that comes back', () => {
  it('reads what it missed, with what was on its way', async () => {
    verifies('execd.resume')
    const [first, { result }] = await connect(played.server)
    await ask(first, 'process/start', START)
    process().prints('one')
    first.close()
    process().prints('two')
    const [second] = await connect(played.server, result.sessionId)
    process().prints('three')
    const read = await ask(second, 'process/read', { processId: 'p1', afterSeq: 1 })
    expect(read.result.chunks.map(({ seq, chunk }: { seq: number; chunk: string }) => [seq, chunk])).toEqual([
      [2, base64('two')],
      [3, base64('three')],
    ])
    expect(events(second).map(({ params }) => params.seq)).toEqual([3])
  })

  it('finds all of it: the process waits when no more can be kept', async () => {
    verifies('execd.resume')
    const [first, { result }] = await connect(played.server)
    await ask(first, 'process/start', START)
    first.close()
    const part = 'x'.repeat(1024 * 1024)
    let printed = 0
    for (; !process().isPaused; printed++) process().prints(part)
    expect(printed).toBe(LIMITS.execServerOutputBytes / part.length)
    const [second] = await connect(played.server, result.sessionId)
    expect(process().isPaused).toBe(true)
    const read = await ask(second, 'process/read', { processId: 'p1', afterSeq: 0 })
    expect(read.result.chunks).toHaveLength(printed)
    await ask(second, 'process/read', { processId: 'p1', afterSeq: printed })
    expect(process().isPaused).toBe(false)
  })

  it('reads in parts, and hears of the end with the last', async () => {
    const [wire] = await connect(played.server)
    await ask(wire, 'process/start', START)
    for (const text of ['aa', 'bb']) process().prints(text)
    process().exits(3)
    const first = await ask(wire, 'process/read', { processId: 'p1', afterSeq: 0, maxBytes: 2 })
    expect(first.result).toMatchObject({ chunks: [{ seq: 1 }], nextSeq: 2, exited: false, closed: false })
    const last = await ask(wire, 'process/read', { processId: 'p1', afterSeq: 1, maxBytes: 2 })
    expect(last.result).toMatchObject({ chunks: [{ seq: 2 }], nextSeq: 5, exitCode: 3, closed: true })
  })

  it('finds nothing when it was away too long', async () => {
    vi.useFakeTimers()
    try {
      const [first, { result }] = await connect(played.server)
      await ask(first, 'process/start', START)
      first.close()
      await vi.advanceTimersByTimeAsync(LIMITS.execServerDetachMs)
      expect(process().wasEnded).toBe(true)
      expect((await connect(played.server, result.sessionId))[1].error?.code).toBe(-32600)
    } finally {
      vi.useRealTimers()
    }
  })
})
