/** Owns passing an HTTP proxy by CONNECT (RFC 9110 §9.3.6), with its login and over TLS where its URL says so. */
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { hostPort } from '@towline/base'
import { AppError, printable } from '@towline/protocol'
import { connectError } from './problems.ts'
import type { Server } from './server.ts'
import { anyRoots, connectTcp, secure } from './sockets.ts'

/** Rejects with PROXY_REFUSED, or with the signal's reason. */
export const throughProxy = async (server: Server, proxy: URL, signal: AbortSignal): Promise<Socket> => {
  try {
    const socket = await openProxy(proxy, server.ca, signal)
    return await tunnel(socket, { server, proxy, signal })
  } catch (error) {
    if (signal.aborted || error instanceof AppError) throw signal.aborted ? signal.reason : error
    const { problem = '' } = connectError(server.url, error).details
    throw refused(server, proxy, String(problem))
  }
}

const openProxy = async (proxy: URL, ca: string | undefined, signal: AbortSignal): Promise<Socket> => {
  const host = proxy.hostname.replace(/^\[|\]$/g, '')
  const tls = proxy.protocol === 'https:'
  const socket = await connectTcp({ host, port: Number(proxy.port) || (tls ? 443 : 80) }, signal)
  if (!tls) return socket
  return secure(socket, { host, alpn: ['http/1.1'], minVersion: 'TLSv1.2', ca: anyRoots(ca) }, signal)
}

interface Passing {
  readonly server: Server
  readonly proxy: URL
  readonly signal: AbortSignal
}

const tunnel = (socket: Socket, { server, proxy, signal }: Passing): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const target = hostPort(server.host, server.port)
    const asked = request({
      method: 'CONNECT',
      path: target,
      createConnection: () => socket,
      headers: { host: target, ...login(proxy) },
      signal,
    })
    const fail = (problem: string): void => {
      socket.destroy()
      reject(refused(server, proxy, problem))
    }
    asked.on('connect', ({ statusCode = 0, statusMessage = '' }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299)
        return fail(`it answers ${statusCode} ${printable(statusMessage.slice(0, 64))}`)
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    asked.on('error', (error) => {
      socket.destroy()
      reject(error)
    })
    asked.end()
  })

const login = ({ username, password }: URL): { readonly 'proxy-authorization'?: string } => {
  if (username === '' && password === '') return {}
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` }
}

/** The login of a proxy is a secret and is not repeated. */
const refused = (server: Server, proxy: URL, problem: string): AppError =>
  new AppError('PROXY_REFUSED', { proxy: proxy.origin, url: server.url, problem })
