/** Owns looking at the certificates a server presents before anyone trusts them: nothing is sent, and nothing is believed. */
import type { DetailedPeerCertificate } from 'node:tls'
import { connect, type TLSSocket } from 'node:tls'
import { isIP } from 'node:net'
import { deadline } from './deadline.ts'
import { openSocket } from './open-socket.ts'
import { connectError } from './problems.ts'
import { type ServerOptions, serverOf } from './server.ts'

/** A certificate as it was presented. */
export interface Presented {
  readonly pem: string
  /** SHA-256 of its DER, as 32 upper-case bytes joined by colons. */
  readonly fingerprint: string
  readonly subject: string
  /** Integer seconds. */
  readonly notAfter: number
  /** Signed by itself: a root that can be pinned. */
  readonly root: boolean
}

/** From the server's own upwards. Rejects with SERVER_UNREACHABLE, NOT_TOWLINE or PROXY_REFUSED, or the signal's reason. */
export const presentedCertificates = async (
  options: ServerOptions,
  signal?: AbortSignal,
): Promise<readonly Presented[]> => {
  const server = serverOf(options)
  const limit = deadline(server.limits.linkConnectMs, signal)
  const below = await openSocket(server, limit)
  const { host } = server
  return await new Promise<readonly Presented[]>((resolve, reject) => {
    const socket: TLSSocket = connect({
      ...{ socket: below, host, rejectUnauthorized: false },
      ...(isIP(host) === 0 && { servername: host }),
    })
    const fail = (error: unknown): void => {
      below.destroy()
      reject(signal?.aborted ? signal.reason : connectError(server.url, error))
    }
    limit.signal.addEventListener('abort', () => fail(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })), {
      once: true,
    })
    socket.on('error', fail).on('close', () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
    socket.once('secureConnect', () => {
      resolve(chainOf(socket.getPeerCertificate(true)))
      socket.destroy()
    })
  })
}

const chainOf = (leaf: DetailedPeerCertificate): readonly Presented[] => {
  const chain: Presented[] = []
  const seen = new Set<string>()
  for (
    let one: DetailedPeerCertificate | undefined = leaf;
    one?.raw && !seen.has(one.fingerprint256);
    one = one.issuerCertificate
  ) {
    seen.add(one.fingerprint256)
    chain.push({
      pem: pemOf(one.raw),
      fingerprint: one.fingerprint256,
      subject: [one.subject.CN].flat()[0] ?? '',
      notAfter: Math.floor(Date.parse(one.valid_to) / 1000),
      root: one.issuerCertificate?.fingerprint256 === one.fingerprint256,
    })
  }
  return chain
}

const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
