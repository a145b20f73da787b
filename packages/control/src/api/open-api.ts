/** Owns putting the control API of a server together. Loaded when the API is first asked for. */
import type { Audience } from '@towline/protocol'
import { findLoginToken } from '../oauth/verify-login.ts'
import type { Parts } from '../parts.ts'
import { manualPayment } from '../payment/manual.ts'
import { DEFAULT_PLANS } from '../payment/plans.ts'
import type { ApiDeps, ApiServices } from './api-deps.ts'
import { createIdentify } from './caller.ts'
import { type ControlApi, createControlApi } from './control-api.ts'

/** What a server says of itself; absent parts have their defaults, or are not there. */
export interface ControlApiOptions extends Partial<Pick<ApiServices, 'plans' | 'payment' | 'region' | 'turn'>> {
  /** Of tunnels: `<name>.<endpoint>.<domain>`. */
  readonly domain: string
}

/** What the site knows besides. */
export interface AtSite extends Pick<ApiServices, 'publicUrl' | 'inviteUrl'> {
  readonly version: string
  readonly callers: ApiDeps['callers']
}

const REGION = 'local'

export const openApi = (parts: Parts, options: ControlApiOptions, site: AtSite): ControlApi =>
  createControlApi(apiDeps(parts, options, { ...site, audience: 'api' }))

/** What operations need, for whoever shows a token that was issued for `audience`. */
export const apiDeps = (
  parts: Parts,
  options: ControlApiOptions,
  { audience, ...site }: AtSite & { readonly audience: Audience },
): ApiDeps => {
  const { db, clock, authority } = parts
  const { publicUrl } = site
  return {
    plans: DEFAULT_PLANS,
    payment: manualPayment,
    region: REGION,
    ...options,
    ...site,
    ...parts,
    tellRevoked: (ids) => authority.tellRevoked(ids),
    identify: createIdentify({
      db,
      authority,
      findLogin: (token) => findLoginToken(db, token, { audience, publicUrl, now: Math.floor(clock() / 1000) }),
    }),
  }
}
