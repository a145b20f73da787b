/** Proves the carrier over a browser's WebSocket: what it refuses, its bounds, and what it tells. */
import { LIMITS } from '@towline/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Carrier } from './carrier.ts'
import { type DomSocket, type DomSocketEvent, openDomCarrier } from './dom-socket-carrier.ts'

class FakeSocket implements DomSocket {
  binaryType = 'blob'
  bufferedAmount = 0
  readonly sent: Uint8Array[] = []
  readonly closes: [number, string][] = []
  readonly #listeners = new Map<string, ((event: DomSocketEvent) => void)[]>()

  addEventListener(type: string, listener: (event: DomSocketEvent) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  send(data: Uint8Array): void {
    this.sent.push(data)
  }

  /** As browsers do, it tells `close` later. */
  close(code: number, reason: string): void {
    this.closes.push([code, reason])
  }

  tell(type: string, event: DomSocketEvent = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
  }

  message(length: number): void {
    this.tell('message', { data: new ArrayBuffer(length) })
  }
}

const opened = async (): Promise<{ socket: FakeSocket; carrier: Carrier; told: unknown[] }> => {
  const socket = new FakeSocket()
  const opening = openDomCarrier(socket, new AbortController().signal)
  socket.tell('open')
  const carrier = await opening
  const told: unknown[] = []
  carrier.sink = {
    message: (bytes) => told.push(bytes.length),
    drained: () => told.push('drained'),
    closed: (end) => told.push(end),
  }
  return { socket, carrier, told }
}

afterEach(() => vi.useRealTimers())

describe('webtty browser carrier: refuses', () => {
  it('text', async () => {
    const { socket, carrier, told } = await opened()
    carrier.resume()
    socket.tell('message', { data: 'text' })
    expect(socket.closes).toEqual([[4400, 'binary messages only']])
    expect(told).toEqual([{ code: 4400, reason: 'binary messages only' }])
  })

  it('a message that is too long', async () => {
    const { socket, carrier, told } = await opened()
    carrier.resume()
    socket.message(LIMITS.webttyMessageBytes)
    socket.message(LIMITS.webttyMessageBytes + 1)
    expect(told).toEqual([LIMITS.webttyMessageBytes, { code: 4413, reason: 'the message is too long' }])
  })

  it('more than a message while it is paused', async () => {
    const { socket, told } = await opened()
    socket.message(LIMITS.webttyMessageBytes)
    expect(told).toEqual([])
    socket.message(1)
    expect(told).toEqual([{ code: 4429, reason: 'more than was granted' }])
  })

  it('to wait for ever, or longer than it is wanted', async () => {
    vi.useFakeTimers()
    const [late, unwanted] = [new FakeSocket(), new FakeSocket()]
    const abort = new AbortController()
    const opening = [openDomCarrier(late, new AbortController().signal), openDomCarrier(unwanted, abort.signal)]
    abort.abort()
    expect([unwanted.closes, late.closes]).toEqual([[[1000, '']], []])
    vi.advanceTimersByTime(LIMITS.webttyHelloMs)
    expect(late.closes).toEqual([[1000, '']])
    for (const socket of [late, unwanted]) socket.tell('close', { code: 1006, reason: '' })
    for (const one of opening) await expect(one).rejects.toMatchObject({ code: 'WEBTTY_LOST' })
  })
})

describe('webtty browser carrier', () => {
  it('hands on what came while it was paused, in order, and pauses in between', async () => {
    const { socket, carrier, told } = await opened()
    for (const length of [1, 2, 3]) socket.message(length)
    carrier.sink.message = (bytes) => {
      told.push(bytes.length)
      if (bytes.length === 2) carrier.pause()
    }
    carrier.resume()
    expect(told).toEqual([1, 2])
    socket.message(4)
    carrier.resume()
    expect(told).toEqual([1, 2, 3, 4])
  })

  it('is full when the socket is, and says when it takes more', async () => {
    vi.useFakeTimers()
    const { socket, carrier, told } = await opened()
    expect(carrier.send(new Uint8Array(1))).toBe(true)
    socket.bufferedAmount = LIMITS.webttyQueuedBytes
    expect(carrier.send(new Uint8Array(2))).toBe(false)
    expect(carrier.queued).toBe(LIMITS.webttyQueuedBytes)
    vi.advanceTimersByTime(1000)
    expect(told).toEqual([])
    socket.bufferedAmount = 0
    vi.advanceTimersByTime(1000)
    expect(told).toEqual(['drained'])
    expect(carrier.send(new Uint8Array(3))).toBe(true)
  })

  it('tells how it was closed, once, and nothing afterwards', async () => {
    const { socket, carrier, told } = await opened()
    carrier.resume()
    socket.tell('close', { code: 4410, reason: 'stop\u0007' })
    socket.message(1)
    carrier.close(1000)
    expect(carrier.send(new Uint8Array(1))).toBe(true)
    expect([told, socket.sent, socket.closes]).toEqual([
      [{ code: 4410, reason: expect.stringMatching(/^stop.$/) as string }],
      [],
      [],
    ])
  })
})
