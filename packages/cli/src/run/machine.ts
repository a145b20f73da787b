/** Owns what every command that speaks to a WebTTY server hands to its operation. */
import type { MachineRequest } from '@towline/operations'
import type { Io } from '../io.ts'
import { AGENT } from '../version.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { connectionOf } from './connection.ts'

/** The server of the context is looked up only when the address goes through a relay. */
export const machineRequest = (io: Io, options: WebttyOptions): MachineRequest => ({
  connection: () => connectionOf(io, options),
  url: options.url,
  agent: AGENT,
  signal: io.signal,
  env: io.env,
  trust: { clientIdentity: options.clientIdentity, project: options.project },
})
