/** Owns what a tunnel may ask for: options by kind, and everything that is refused before anything is created. */
import {
  AppError,
  type Kind,
  type Limits,
  shown,
  type TunnelSpec,
  validateLabels,
  validateName,
} from '@towline/protocol'
import { parseNetwork } from '../edge/cidr.ts'
import { isOrigin } from '../edge/origins.ts'

type Option = 'tokenAuth' | 'trustedIps' | 'allowOrigins' | 'hostHeader' | 'httpVersion' | 'port' | 'tlsMode'

/** The option applies to the kind. */
const YES = ''

const DIALED =
  'Leave it away: every dial of a private tunnel is authorized. Without --no-publish the service is published over HTTP, where it applies.'
const BYTES = 'Publish it over HTTP (without --tcp and --tls), or make it private with --no-publish and dial it.'
const HTTP_ONLY = 'Leave it away, or publish the service over HTTP.'
const PORTLESS = 'Leave it away: the address is the name. A port of its own has only a --tcp tunnel.'
const UNENCRYPTED = 'Leave it away, or publish with --tls.'

/** A cell is empty where the option applies, else it is the closest allowed path (edge.refuse). */
const ALLOWED: Readonly<Record<Option, { readonly flag: string } & Readonly<Record<Kind, string>>>> = {
  // biome-ignore format: aligned columns
  tokenAuth:   { flag: '--token-auth',   http: YES,         tcp: BYTES,       tls: BYTES,     private: DIALED      },
  // biome-ignore format: aligned columns
  trustedIps:  { flag: '--trusted-ips',  http: YES,         tcp: YES,         tls: YES,       private: DIALED      },
  // biome-ignore format: aligned columns
  allowOrigins: { flag: '--allow-origin', http: YES,        tcp: HTTP_ONLY,   tls: HTTP_ONLY, private: HTTP_ONLY   },
  // biome-ignore format: aligned columns
  hostHeader:  { flag: '--host-header',  http: YES,         tcp: HTTP_ONLY,   tls: HTTP_ONLY, private: HTTP_ONLY   },
  // biome-ignore format: aligned columns
  httpVersion: { flag: '--http-version', http: YES,         tcp: HTTP_ONLY,   tls: HTTP_ONLY, private: HTTP_ONLY   },
  // biome-ignore format: aligned columns
  port:        { flag: '--port',         http: PORTLESS,    tcp: YES,         tls: PORTLESS,  private: PORTLESS    },
  // biome-ignore format: aligned columns
  tlsMode:     { flag: '--tls-mode',     http: UNENCRYPTED, tcp: UNENCRYPTED, tls: YES,       private: UNENCRYPTED },
}

/** `host` or `host:port` as a Host field has it (RFC 9110 §7.2), without userinfo. */
const HOST_HEADER = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/** A checked copy that holds only what is switched on. Throws the AppError that names what is wrong. */
export const checkSpec = (asked: TunnelSpec, limits: Limits): TunnelSpec => {
  const { kind, surface } = asked
  const options = OPTIONS.filter((option) => isOn(asked[option]))
  for (const option of options) refuseUnsupported(option, kind)
  if (surface && kind !== 'private' && !asked.tokenAuth) throw new AppError('CONTROL_SURFACE_OPEN', { surface })
  checkTrustedIps(asked.trustedIps ?? [], limits)
  checkOrigins(asked.allowOrigins ?? [], limits)
  if (asked.hostHeader !== undefined) checkHostHeader(asked.hostHeader)
  return {
    kind,
    ...(asked.name !== undefined && { name: validateName(asked.name) }),
    labels: validateLabels(asked.labels ?? {}, limits),
    ...(surface && { surface }),
    ...Object.fromEntries(options.map((option) => [option, asked[option]])),
  }
}

const OPTIONS = Object.keys(ALLOWED) as Option[]

/** Absent, false, an empty list and port 0 mean off. */
const isOn = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false && value !== 0

const refuseUnsupported = (option: Option, kind: Kind): void => {
  const { flag, [kind]: allowed } = ALLOWED[option]
  if (allowed !== YES) throw new AppError('EDGE_OPTION_UNSUPPORTED', { option: flag, kind, allowed })
}

const checkTrustedIps = (networks: readonly string[], limits: Limits): void => {
  const wrong = (value: string, problem: string): AppError =>
    new AppError('OPTION_INVALID', { option: '--trusted-ips', value: shown(value), problem })
  if (networks.length > limits.trustedIps) {
    throw wrong(`${networks.length} networks`, `at most ${limits.trustedIps} fit`)
  }
  const unreadable = networks.find((network) => !parseNetwork(network))
  if (unreadable !== undefined) throw wrong(unreadable, 'it is no IP address or network such as 10.0.0.0/8')
}

const checkOrigins = (origins: readonly string[], limits: Limits): void => {
  const wrong = (value: string, problem: string): AppError =>
    new AppError('OPTION_INVALID', { option: '--allow-origin', value: shown(value), problem })
  if (origins.length > limits.allowOrigins)
    throw wrong(`${origins.length} origins`, `at most ${limits.allowOrigins} fit`)
  const unreadable = origins.find((origin) => !isOrigin(origin))
  if (unreadable !== undefined) throw wrong(unreadable, 'it is no origin such as https://app.example.com')
}

const checkHostHeader = (value: string): void => {
  if (HOST_HEADER.test(value)) return
  throw new AppError('OPTION_INVALID', {
    option: '--host-header',
    value: shown(value),
    problem: 'it is not host or host:port',
  })
}
