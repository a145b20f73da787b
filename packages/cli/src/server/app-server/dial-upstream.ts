/** Owns connecting to an app-server that listens on this machine, or where it is told to be. */
import { connect } from 'node:net'
import { type Wire, webSocketWire } from '@towline/app-server'
import { socketFlaw } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import { type ClientOptions, WebSocket } from 'ws'
import type { UpstreamAddress } from './upstream-address.ts'

/** An open wire that is paused. Rejects with APP_UPSTREAM_DOWN. */
export const dialUpstream = async (address: UpstreamAddress): Promise<Wire> => {
  if (address.kind === 'unix') await checkOwner(address.path)
  const socket = new WebSocket(address.kind === 'web' ? address.url : 'ws://localhost/rpc', optionsOf(address))
  const wire = webSocketWire(socket)
  await new Promise<void>((done, fail) => {
    socket.once('open', () => {
      socket.pause()
      done()
    })
    socket.once('error', ({ code, message }: NodeJS.ErrnoException) => fail(down(code ?? message)))
  })
  return wire
}

const optionsOf = (address: UpstreamAddress): ClientOptions => ({
  perMessageDeflate: false,
  followRedirects: false,
  handshakeTimeout: LIMITS.appUpstreamDialMs,
  maxPayload: LIMITS.appUpstreamMessageBytes,
  ...(address.kind === 'unix' && { createConnection: () => connect(address.path) }),
})

/** In a folder that others may write, somebody else could wait there for what clients say. */
const checkOwner = async (path: string): Promise<void> => {
  const problem = await socketFlaw(path)
  if (problem !== undefined) throw down(`of its socket: ${problem}`)
}

const down = (problem: string): AppError => new AppError('APP_UPSTREAM_DOWN', { problem })
