/** Owns the way to a server: TCP directly, or through the proxy that the environment names. */
import type { Socket } from 'node:net'
import { AppError } from '@towline/protocol'
import type { Deadline } from './deadline.ts'
import { connectError } from './problems.ts'
import { throughProxy } from './proxy-connect.ts'
import type { Server } from './server.ts'
import { connectTcp } from './sockets.ts'

/** Rejects with SERVER_UNREACHABLE or PROXY_REFUSED, or with the reason of the caller's signal. */
export const openSocket = async (server: Server, limit: Deadline): Promise<Socket> => {
  const { url, proxy, address } = server
  const opening = proxy ? throughProxy(server, proxy, limit.signal) : connectTcp(address, limit.signal)
  return opening.catch((error: unknown) => {
    if (limit.passed) throw new AppError('SERVER_UNREACHABLE', { url, problem: 'it did not answer in time' })
    throw limit.signal.aborted ? limit.signal.reason : connectError(url, error)
  })
}
