/** Owns the sixth schema: audit records that the database itself keeps from being changed. Landed: never edited. */
import type { Statement } from '../statement.ts'

/**
 * Records of one trail are only forgotten from the oldest on, up to a place that `audit_trims` names: a statement that
 * deletes anything else fails, as does every one that changes a record.
 */
export const migration0006: readonly Statement[] = [
  "alter table audit add column trail text not null default 'traffic'",
  "update audit set trail = 'changes' where workspace_id is not null or user_id is not null",
  'create index audit_by_trail on audit (trail, id)',
  `create table audit_trims (
    trail text not null primary key,
    up_to text not null
  )`,
  {
    sqlite: `create trigger audit_unchanged before update on audit
      begin select raise(abort, 'audit records are only added'); end`,
    postgres: `create or replace function audit_only_added() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' then
          if exists (select 1 from audit_trims where trail = old.trail and up_to >= old.id) then return old; end if;
        end if;
        raise exception 'audit records are only added';
      end $$`,
  },
  {
    sqlite: `create trigger audit_kept before delete on audit
      when not exists (select 1 from audit_trims where trail = old.trail and up_to >= old.id)
      begin select raise(abort, 'audit records are only added'); end`,
    postgres: `create trigger audit_kept before update or delete on audit
      for each row execute function audit_only_added()`,
  },
  {
    postgres: `create trigger audit_whole before truncate on audit
      for each statement execute function audit_only_added()`,
  },
]
