/** Owns the fifth schema: a tunnel name is kept by one project of the server. Landed: never edited. */
export const migration0005: readonly string[] = [
  'delete from domains where project_id in (select id from projects where deleted_at is not null)',
  // Whoever kept it first still does.
  `delete from domains where exists (
    select 1 from domains earlier
    where earlier.kind = domains.kind and earlier.name = domains.name
      and (earlier.created_at < domains.created_at
        or (earlier.created_at = domains.created_at and earlier.project_id < domains.project_id))
  )`,
  'create unique index domains_by_name on domains (kind, name)',
]
