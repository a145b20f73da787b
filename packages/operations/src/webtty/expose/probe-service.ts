/** Owns connecting to a service of this machine: to see that it is there, and to ask it. */
import { type Socket, connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { hostPort } from '@towline/base'
import { AppError, LIMITS, type ProbeRequest, type ServiceAnswer } from '@towline/protocol'
import { askHttp, connected, hearService, problemOf, unreached } from '../../remote/ask-service.ts'
import type { Service } from './serve-service.ts'
import type { ServiceHosts } from './service-hosts.ts'

/** Rejects with PORT_SILENT unless the service takes a connection, or with EXPOSE_HOST_REFUSED. */
export const refuseSilent = async ({ host, port }: Service, hosts: ServiceHosts): Promise<void> => {
  const addresses = await hosts.addresses(host)
  try {
    const socket = await connectFirst(addresses, port)
    socket.destroy()
  } catch (error) {
    throw new AppError('PORT_SILENT', { address: `${hostPort(host, port)} on that machine`, problem: problemOf(error) })
  }
}

/** What the service answers. Rejects with EXPOSE_HOST_REFUSED alone. */
export const probeService = async (request: ProbeRequest, hosts: ServiceHosts): Promise<ServiceAnswer> => {
  const { host = 'localhost', port, protocol, path = '/', hostHeader = hostPort(host, port) } = request
  const addresses = await hosts.addresses(host)
  const socket = await connectFirst(addresses, port).catch((error: unknown) => problemOf(error))
  if (typeof socket === 'string') return unreached(socket)
  if (protocol === 'tcp') return await hearService(socket)
  // Who exposes a TLS service of the machine trusts it by where it is, as its tunnel does.
  const stream = protocol === 'https' ? connectTls({ socket, rejectUnauthorized: !hosts.isLocal(host), host }) : socket
  return await askHttp(stream, { path: pathOf(path), host: hostHeader })
}

/** Node refuses to write others. */
const pathOf = (path: string): string =>
  /^\/[\x21-\x7e]*$/.test(path) ? path : `/${encodeURI(path.replace(/^\/+/, ''))}`

const connectFirst = async (addresses: readonly string[], port: number): Promise<Socket> => {
  let failure: unknown
  for (const host of addresses) {
    try {
      return await connected(connect({ host, port, allowHalfOpen: true, timeout: LIMITS.probeConnectMs }), 'connect')
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}
