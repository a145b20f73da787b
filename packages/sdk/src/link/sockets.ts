/** Owns opening plain and TLS connections as Node sockets, each wait ended by a signal. */
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, rootCertificates, type SecureVersion, type TLSSocket } from 'node:tls'

export interface SecureOptions {
  /** What the certificate must be for; an address literal is allowed. */
  readonly host: string
  readonly alpn: readonly string[]
  readonly minVersion: SecureVersion
  /** PEM that replaces the system's roots. */
  readonly ca?: string | readonly string[] | undefined
}

/** TCP without delay, with half-close. Rejects with what the system says. */
export const connectTcp = ({ host, port }: { host: string; port: number }, signal: AbortSignal): Promise<Socket> => {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true, autoSelectFamily: true })
  return settled(socket, 'connect', signal)
}

/** TLS over a connection; the certificate is always verified. Rejects with what OpenSSL says. */
export const secure = (below: Socket, options: SecureOptions, signal: AbortSignal): Promise<TLSSocket> => {
  const { host, alpn, minVersion, ca } = options
  const socket = connectTls({
    socket: below,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: [...alpn],
    minVersion,
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca: [ca].flat() }),
  })
  return settled(socket, 'secureConnect', signal).catch((error: unknown) => {
    below.destroy()
    throw error
  })
}

/** Where the server's own authority and the public ones are equally good: proxies. */
export const anyRoots = (ca: string | undefined): readonly string[] | undefined =>
  ca ? [...rootCertificates, ca] : undefined

/** The socket once `event` came. It is destroyed when the wait ends otherwise. */
const settled = <S extends Socket>(socket: S, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<S> =>
  new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      release()
      // A late error of a destroyed socket is nobody's business.
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(signal.reason)
    const onClose = (): void => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    const onReady = (): void => {
      release()
      resolve(socket)
    }
    const release = (): void => {
      socket.off('error', fail).off('close', onClose).off('end', onClose).off(event, onReady)
      signal.removeEventListener('abort', onAbort)
    }
    if (signal.aborted) return fail(signal.reason)
    socket.on('error', fail).on('close', onClose).on('end', onClose).on(event, onReady)
    signal.addEventListener('abort', onAbort, { once: true })
  })
