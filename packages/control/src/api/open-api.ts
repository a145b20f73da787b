/** Owns putting the control API together over an open control room. Loaded when the API is first asked for. */
import type { Authority } from '@towline/protocol'
import { manualPayment } from '../payment/manual.ts'
import { DEFAULT_PLANS } from '../payment/plans.ts'
import type { ApiDeps, ApiServices } from './api-deps.ts'
import { createIdentify, type IdentifyDeps } from './caller.ts'
import { type ControlApi, createControlApi } from './control-api.ts'

/** What a server says of itself; absent parts have their defaults or are not there. */
export interface ControlApiOptions
  extends Pick<ApiServices, 'publicUrl' | 'domain'>,
    Partial<Pick<ApiServices, 'plans' | 'payment' | 'region' | 'turn' | 'inviteUrl'>>,
    Pick<IdentifyDeps, 'findLogin'> {
  readonly version: string
}

/** What an open control room hands its API. */
export type ApiParts = Pick<ApiDeps, 'db' | 'log' | 'limits' | 'clock' | 'audit' | 'tellRevoked' | 'flush'> & {
  readonly authority: Pick<Authority, 'verify'>
}

const REGION = 'local'

export const apiDeps = (parts: ApiParts, { findLogin, ...options }: ControlApiOptions): ApiDeps => ({
  plans: DEFAULT_PLANS,
  payment: manualPayment,
  region: REGION,
  ...options,
  ...parts,
  identify: createIdentify({ db: parts.db, authority: parts.authority, findLogin }),
})

export const openApi = (parts: ApiParts, options: ControlApiOptions): ControlApi =>
  createControlApi(apiDeps(parts, options))
