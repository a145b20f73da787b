/** Owns leading the streams of an exposure to its service: by an address that was checked for this very stream. */
import { AppError, IDLE_SINK, type Limits, RESET } from '@towline/protocol'
import { forwardTo, type Serve } from '@towline/sdk'
import type { ServiceHosts } from './service-hosts.ts'

/** A service, as whoever connects to it needs it. */
export interface Service {
  readonly host: string
  readonly port: number
  readonly tls: boolean
}

/** The name of another host may lead elsewhere by now, so it is looked up again each time. */
export const serveService = ({ host, port, tls }: Service, hosts: ServiceHosts, limits: Limits): Serve => {
  if (hosts.isLocal(host)) return forwardTo({ host, port, tls }, limits)
  return (stream, open, refused) => {
    let gone = false
    stream.sink = {
      ...IDLE_SINK,
      closed: () => {
        gone = true
      },
    }
    hosts.addresses(host).then(
      ([address = host]) => {
        if (!gone) forwardTo({ host: address, port, tls, servername: host }, limits)(stream, open, refused)
      },
      (error: unknown) => {
        stream.reset(RESET.upstreamRefused)
        refused(error instanceof AppError ? error : new AppError('UPSTREAM_REFUSED', {}, { cause: error }))
      },
    )
  }
}
