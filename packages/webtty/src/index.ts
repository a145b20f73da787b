/** Face of the webtty room: terminals, commands and files, over streams that are handed in. */
export type { Carrier, CarrierEnd, CarrierSink } from './carrier/carrier.ts'
export type { Participation, ProcessSink, Session, Sessions } from './session/session-types.ts'
export { openSessions, type SessionsOptions } from './session/open-sessions.ts'
