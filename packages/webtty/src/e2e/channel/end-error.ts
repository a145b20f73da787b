/** Owns telling a person why an encrypted carrier ended. */
import { AppError } from '@towline/protocol'
import type { CarrierEnd } from '../../carrier/carrier.ts'
import type { EndpointIdentity } from '../identity/endpoint-identity.ts'
import { E2E_CLOSE } from './close-codes.ts'

/** Who the conversation was between, as the client knows them. */
export interface Ends {
  /** Of the server, as it was pinned. */
  readonly name: string
  readonly client: EndpointIdentity
}

/** The error of an end that encryption brought about; undefined for others, such as 1000, and 1006: cut off, so what ran is `lost`. */
export const endError = ({ code, reason }: CarrierEnd, { name, client }: Ends): AppError | undefined => {
  if (code === E2E_CLOSE.tampered) return new AppError('E2E_TAMPERED', { problem: reason })
  if (code !== E2E_CLOSE.unauthorized && code !== E2E_CLOSE.revoked) return undefined
  const command = `towline webtty authorized-client add NAME --key ${client.text} --identity IDENTITY`
  return new AppError('E2E_CLIENT_UNAUTHORIZED', { name, fingerprint: client.fingerprint, command })
}
