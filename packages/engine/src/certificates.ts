/** Owns where an engine's certificates come from: files, or a development CA of its own. */
import { isIP } from 'node:net'
import type { Log } from '@towline/base'
import type { Limits } from '@towline/protocol'
import { isAnyAddress } from './addresses.ts'
import type { CertificateSource } from './tls/certificate.ts'
import { openDevCa } from './tls/dev-ca.ts'
import { openStaticFiles } from './tls/static-files.ts'

/** Files that are reloaded when they change, or the folder of a development CA, made when it is missing. */
export type TlsOption = { readonly cert: string; readonly key: string } | { readonly dir: string }

export interface CertificateOptions {
  readonly tls: TlsOption
  readonly domain: string
  /** Projects whose hosts a development certificate covers. */
  readonly projects: readonly string[]
  /** The address that is listened on. */
  readonly host: string
  readonly limits: Limits
  readonly log: Log
  readonly clock: () => number
}

/** The source, and the CA that clients pin when it is ours. */
export interface Certificates {
  readonly source: CertificateSource
  readonly ca: string | undefined
}

/** Rejects with CONFIG_INVALID when files cannot be used. */
export const openCertificates = async (options: CertificateOptions): Promise<Certificates> => {
  const { tls } = options
  if ('cert' in tls) {
    return { source: await openStaticFiles({ ...options, certFile: tls.cert, keyFile: tls.key }), ca: undefined }
  }
  const addresses = isIP(options.host) && !isAnyAddress(options.host) ? [options.host] : []
  const source = await openDevCa({ ...options, dir: tls.dir, slugs: options.projects, addresses })
  return { source, ca: source.ca }
}
