/** Face of the control room. */
export type { AuditQuery } from './audit/audit-log.ts'
export { type Control, type ControlOptions, openControl, type OwnerCredential } from './control.ts'
export type { Project } from './project/project-store.ts'
