/** Face of the control room. */
export type { AuditQuery } from './audit/audit-log.ts'
export { type Control, type ControlOptions, openControl, type OwnerCredential } from './control.ts'
export { discoveryApp } from './discovery/discovery-app.ts'
export { problem } from './discovery/respond.ts'
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
export type { Project } from './project/project-store.ts'
