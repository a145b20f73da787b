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

/** The connection below a WebSocket, which can hold what is written for a moment (node:stream, Writable). */
export interface Corkable {
  cork(): void
  uncork(): void
}

export interface WebSocketWireOptions {
  /** Binary messages are passed over; the connection is closed otherwise. */
  readonly binaryIgnored?: boolean
  /** What is sent in one turn of the event loop is written to it at once: one system call for many messages. */
  readonly below?: Corkable | undefined
}

/** RFC 6455 §7.4.1: data of a sort that is not taken. */
const UNSUPPORTED = 1003
/** Of it: done, and going away. */
const LEFT: readonly number[] = [1000, 1001]

/** The longest message is for whoever makes the socket to set (`execServerMessageBytes`). */
export const webSocketWire = (
  socket: ServedSocket,
  { binaryIgnored = false, below }: WebSocketWireOptions = {},
): Wire => {
  const hold = below ? holding(below) : () => {}
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
      if (isClosed) return
      hold()
      socket.send(text, () => sink?.drained())
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => {
      closed()
      socket.close()
    },
  }
}

/** Holds what is written until the work of this turn of the event loop is done. */
const holding = (below: Corkable): (() => void) => {
  let isHeld = false
  return () => {
    if (isHeld) return
    isHeld = true
    below.cork()
    process.nextTick(() => {
      isHeld = false
      below.uncork()
    })
  }
}
