/** Owns the seventh schema: calls of agents in the audit trail, and what workstations ask people for. Landed: never edited. */
export const migration0007: readonly string[] = [
  'alter table audit add column thread text',
  'alter table audit add column tool text',
  // Who told of a call, and under which id: what is told twice is kept once.
  'alter table audit add column claim text',
  'create unique index audit_by_claim on audit (claim)',
  'create index audit_by_claimer on audit (credential_id, id) where claim is not null',
  'create index audit_by_thread on audit (thread, id) where thread is not null',
  'alter table approvals add column tool text',
  'alter table approvals add column summary text',
  'alter table approvals add column target text',
  'alter table approvals add column thread text',
]
