/** Owns messages as text frames of a WebSocket that is handed in. */
import type { Wire, WireSink } from './wire.ts'

/** What is used of a server's WebSocket (package ws). */
export interface ServedSocket {
  readonly bufferedAmount: number
  send(text: string, done: () => void): void
  pause(): void
  resume(): void
  close(code?: number, reason?: string): void
  on(event: 'message', heard: (data: unknown, isBinary: boolean) => void): void
  on(event: 'close', heard: (code: number) => void): void
  on(event: 'error', heard: () => void): void
}

/** RFC 6455 §7.4.1: data of a sort that is not taken. */
const UNSUPPORTED = 1003
/** Of it: done, and going away. */
const LEFT: readonly number[] = [1000, 1001]

/** The longest message is for whoever makes the socket to set (`execServerMessageBytes`). */
export const webSocketWire = (socket: ServedSocket, { binaryIgnored = false } = {}): Wire => {
  let sink: WireSink | undefined
  let isClosed = false
  const closed = (code?: number): void => {
    if (isClosed) return
    isClosed = true
    sink?.closed(code !== undefined && LEFT.includes(code))
  }
  socket.on('message', (data, isBinary) => {
    if (isBinary && binaryIgnored) return
    if (isBinary) return socket.close(UNSUPPORTED, 'messages are text')
    if (!isClosed) sink?.message(String(data))
  })
  socket.on('close', closed)
  // The code of an abnormal end follows; there is nothing to learn from it.
  socket.on('error', () => closed())
  return {
    get sink() {
      return sink
    },
    set sink(heard) {
      sink = heard
    },
    get queued() {
      return socket.bufferedAmount
    },
    send: (text) => {
      if (!isClosed) socket.send(text, () => sink?.drained())
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => {
      closed()
      socket.close()
    },
  }
}
