/** Owns the TLS handshake with a peer whose ClientHello was read already. */
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import { AppError } from '@towline/protocol'
import type { Guest } from './guests.ts'
import { resetSocket } from './reset-socket.ts'

export interface Terms {
  readonly context: SecureContext
  /** Protocols offered, most wanted first; empty answers no ALPN. */
  readonly alpn: readonly string[]
  readonly withinMs: number
  /** Whose connection it is. */
  readonly guest: Guest
}

/** `below` has the ClientHello in front of it. Rejects with PROTOCOL_ERROR, and closes the connection then. */
export const terminate = (below: Socket, { context, alpn, withinMs, guest }: Terms): Promise<TLSSocket> => {
  const ignore = (): void => {}
  below.on('error', ignore)
  const tls = new TLSSocket(below, {
    isServer: true,
    secureContext: context,
    ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
  })
  guest.drop = () => resetSocket(below, tls)
  return new Promise((resolve, reject) => {
    const fail = (problem: string): void => {
      clearTimeout(timer)
      reject(new AppError('PROTOCOL_ERROR', { problem }))
      tls.destroy()
    }
    const onClose = (): void => fail('it closed during the TLS handshake')
    const timer = setTimeout(() => fail('the TLS handshake took too long'), withinMs)
    tls.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
    tls.once('close', onClose)
    tls.once('secure', () => {
      clearTimeout(timer)
      tls.off('close', onClose)
      tls.disableRenegotiation()
      // Node leaves this to its own TLS server; its HTTP/2 waits for it.
      Object.assign(tls, { secureConnecting: false })
      resolve(tls)
    })
  })
}
