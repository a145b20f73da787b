/** Face of the control room. */
export type { AuditQuery } from './audit/audit-log.ts'
export { type Control, type ControlOptions, openControl } from './control.ts'
export type { OwnerCredential } from './credential/operate-credentials.ts'
export type { SignInProvider } from './accounts/auth.ts'
export { type ConfigSource, readConfig } from './config/read-config.ts'
export { limitsWith, type ServerConfig } from './config/server-config.ts'
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
export type { ControlApiOptions } from './api/open-api.ts'
