/** Owns who may be an OAuth client: our command line, and what registers itself with loopback addresses (RFC 7591, RFC 8252). */
import { isLoopback } from '@towline/base'
import type { ClientMetadata } from 'oidc-provider'

const CLI_CLIENT = 'towline-cli'

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
export const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** Known without registration. */
export const FIXED_CLIENTS: ClientMetadata[] = [
  {
    client_id: CLI_CLIENT,
    client_name: 'Towline command line',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: [DEVICE_GRANT, 'refresh_token', EXCHANGE_GRANT],
    response_types: [],
    redirect_uris: [],
  },
]

/** Whether a redirect stays on the machine of the person who approves: nobody else can receive the code. */
export const isLocalRedirect = (uri: string): boolean => {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname, username, hash } = new URL(uri)
  if (username !== '' || hash !== '') return false
  if (protocol !== 'http:') return false
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
}
