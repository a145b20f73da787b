/** Owns serving a tunnel by a target: each stream is one connection to it, with half-close and resets passed on both ways. */
import { connect as connectTls } from 'node:tls'
import { isIP } from 'node:net'
import { byteSocket, connectBytes, hostPort, pipe } from '@towline/base'
import { AppError, type Channel, type ErrorCode, IDLE_SINK, type Limits, RESET } from '@towline/protocol'
import { connectError } from '../link/problems.ts'
import type { Serve } from '../session/hosted-tunnel.ts'
import { isLocal, type Target } from './target.ts'

/** How each failure to reach the target is told to the engine. */
const RESETS: Partial<Readonly<Record<ErrorCode, number>>> = {
  UPSTREAM_REFUSED: RESET.upstreamRefused,
  UPSTREAM_UNTRUSTED: RESET.upstreamRefused,
  UPSTREAM_TIMEOUT: RESET.upstreamTimeout,
}

/** Bytes that come before the connection stands wait in the stream. */
export const forwardTo = (target: Target, limits: Limits): Serve => {
  const open = target.tls ? openTls : openPlain
  return (stream, _open, refused) => {
    let gone = false
    stream.sink = {
      ...IDLE_SINK,
      closed: () => {
        gone = true
      },
    }
    open(target, limits).then(
      (upstream) => {
        if (gone) upstream.reset()
        else pipe(stream, upstream)
      },
      (error: unknown) => {
        const told = error instanceof AppError ? error : new AppError('UPSTREAM_RESET', {}, { cause: error })
        stream.reset(RESETS[told.code] ?? RESET.upstreamReset)
        refused(told)
      },
    )
  }
}

const openPlain = ({ host, port }: Target, { upstreamConnectMs }: Limits): Promise<Channel> =>
  connectBytes({ host, port, timeoutMs: upstreamConnectMs })

const openTls = (target: Target, { upstreamConnectMs }: Limits): Promise<Channel> => {
  const { host, port, insecure, servername = host } = target
  const socket = connectTls({
    ...{ host, port, allowHalfOpen: true, noDelay: true, autoSelectFamily: true },
    ...(isIP(servername) === 0 && { servername }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: !(insecure || isLocal(target)),
  })
  socket.setNoDelay(true)
  return new Promise((resolve, reject) => {
    const fail = (error: AppError): void => {
      clearTimeout(timer)
      socket.off('secureConnect', onSecure).on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const onError = (error: Error): void => fail(upstreamError(target, error))
    const onClose = (): void => fail(new AppError('UPSTREAM_RESET'))
    const onSecure = (): void => {
      clearTimeout(timer)
      socket.off('error', onError).off('close', onClose)
      const channel = byteSocket(socket)
      channel.settle()
      resolve(channel)
    }
    const timer = setTimeout(() => fail(new AppError('UPSTREAM_TIMEOUT')), upstreamConnectMs)
    socket.once('error', onError).once('close', onClose).once('secureConnect', onSecure)
  })
}

/** The same verdicts as on a server's certificate, in words about the service. */
const upstreamError = ({ host, port }: Target, error: NodeJS.ErrnoException): AppError => {
  const { code, details } = connectError('', error)
  if (code === 'SERVER_UNTRUSTED') {
    return new AppError(
      'UPSTREAM_UNTRUSTED',
      { target: hostPort(host, port), problem: details.problem ?? '' },
      { cause: error },
    )
  }
  if (error.code === 'ETIMEDOUT') return new AppError('UPSTREAM_TIMEOUT', {}, { cause: error })
  return new AppError(error.code === 'ECONNREFUSED' ? 'UPSTREAM_REFUSED' : 'UPSTREAM_RESET', {}, { cause: error })
}
