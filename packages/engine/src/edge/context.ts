/** Owns what all connections of one HTTP edge share. */
import type { Socket } from 'node:net'
import type { ByteSocket, Log } from '@towline/base'
import type { Authority, Channel, Limits } from '@towline/protocol'
import type { Router } from '../registry/live-tunnel.ts'
import { HeadWriter } from './h1/head-writer.ts'
import { RequestHead } from './h1/request-head.ts'
import { ResponseHead } from './h1/response-head.ts'
import { RequestReports } from './request-reports.ts'
import type { Admission } from './steps.ts'
import { Sweeper } from './sweeper.ts'

/** What the edge is given. */
export interface EdgeDeps {
  readonly router: Router
  readonly authority: Authority
  readonly log: Pick<Log, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>
  readonly limits: Limits
  /** Shared with other ways in; the edge makes and closes its own when absent. */
  readonly admission?: Admission
  /** Serves a whole connection of an API host; its first bytes are waiting in it. */
  readonly api: (socket: Socket) => void
  readonly isApiHost: (host: string) => boolean
  /** Serves a whole connection for a tunnel whose upstream speaks h2c. */
  readonly gateway?: (socket: Socket) => void
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** The part of a socket that the edge uses. */
export type VisitorSocket = Channel & Pick<ByteSocket, 'detach' | 'settle'>

/** Parsers and writers are used only within one callback, so one of each serves all connections. */
export interface EdgeContext {
  readonly deps: EdgeDeps
  readonly admission: Omit<Admission, 'close'>
  readonly reports: RequestReports
  readonly sweeper: Sweeper
  readonly request: RequestHead
  readonly response: ResponseHead
  /** For heads to streams, which copy what they are given. */
  readonly lent: HeadWriter
  /** For heads to sockets, which keep what they are given. */
  readonly kept: HeadWriter
}

/** Of one way in; those of one server share the admission. */
export const createContext = (deps: EdgeDeps, admission: EdgeContext['admission']): EdgeContext => {
  const { limits, clock } = deps
  return {
    deps,
    admission,
    reports: new RequestReports(deps),
    sweeper: new Sweeper(clock, limits.edgeSweepMs),
    request: new RequestHead(limits),
    response: new ResponseHead(limits),
    lent: new HeadWriter(),
    kept: new HeadWriter(),
  }
}
