/** Face of the control room. */
export type { AuditQuery } from './audit/audit-log.ts'
export { type Control, type ControlOptions, openControl, type OwnerCredential } from './control.ts'
export type { SignInProvider } from './accounts/auth.ts'
export { discoveryApp } from './discovery/discovery-app.ts'
export type {
  Site,
  SiteApi,
  SiteFile,
  SiteMcp,
  SiteOauth,
  SiteResource,
  StatusCheck,
  StatusSource,
} from './discovery/site.ts'
export { type ControlHttp, type ControlHttpOptions, openControlHttp } from './http/open-http.ts'
export type { TrustRule } from './oauth/oauth-deps.ts'
export type { Project } from './project/project-store.ts'
export type { ApiDeps, ApiServices, Invited, TurnConfig } from './api/api-deps.ts'
export { type Caller, createIdentify, type IdentifyDeps, type LoginToken } from './api/caller.ts'
export { type ControlApi, createControlApi } from './api/control-api.ts'
export { documentOf, type OpenApiDocument, scopesOf } from './api/document.ts'
export type { Annotations, Operation, Risk } from './api/operation.ts'
export { type Call, missingPermission, perform, type Performed } from './api/perform.ts'
export { OPERATIONS } from './api/registry.ts'
export { DEFAULT_PLANS, type Plan } from './payment/plans.ts'
export type { PaymentProvider } from './payment/payment.ts'
