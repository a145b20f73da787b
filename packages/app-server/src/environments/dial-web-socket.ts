/** Owns connecting to an exec-server that listens for WebSockets, and seeing that it is still there. */
import { LIMITS } from '@towline/protocol'
import type { WebSocket } from 'ws'
import { webSocketWire } from '../rpc/web-socket-wire.ts'
import type { Wire } from '../rpc/wire.ts'
import type { EnvironmentAddress } from './environment-address.ts'

type Url = Extract<EnvironmentAddress, { kind: 'url' }>

/** Headers are for addresses that `checkUrl` allows them for. Rejects with why it was not reached. */
export const dialWebSocket = async ({ url, bearer, requestId }: Url, signal: AbortSignal): Promise<Wire> => {
  const { WebSocket } = await import('ws')
  signal.throwIfAborted()
  const headers = {
    ...(bearer && { authorization: `Bearer ${bearer.reveal()}` }),
    ...(requestId !== undefined && { 'x-request-id': requestId }),
  }
  const socket = new WebSocket(url, {
    headers,
    maxPayload: LIMITS.execServerMessageBytes,
    perMessageDeflate: false,
    // Headers go where they were meant to go.
    followRedirects: false,
  })
  const wire = webSocketWire(socket)
  await opened(socket, url, signal)
  keepAlive(socket)
  return wire
}

const opened = (socket: WebSocket, url: string, signal: AbortSignal): Promise<void> =>
  new Promise((done, failed) => {
    const abort = (): void => {
      socket.terminate()
      failed(signal.reason as Error)
    }
    signal.addEventListener('abort', abort, { once: true })
    socket.once('open', () => {
      // Its messages begin when somebody listens.
      socket.pause()
      signal.removeEventListener('abort', abort)
      done()
    })
    socket.once('error', (error) => {
      signal.removeEventListener('abort', abort)
      failed(new Error(`failed to connect to exec-server websocket \`${shown(url)}\`: ${error.message}`))
    })
  })

/** A path may hold a token. */
const shown = (url: string): string => {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

const keepAlive = (socket: WebSocket): void => {
  let isAlive = true
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, LIMITS.execClientPingMs)
  for (const name of ['pong', 'message'] as const)
    socket.on(name, () => {
      isAlive = true
    })
  socket.once('close', () => clearInterval(timer))
}
