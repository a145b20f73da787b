/** Owns what a person reads before deciding: the same parts, whether a server's operation or a call on a workstation is asked for. */
import { covers, permissionsOfRole } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Operation } from '../api/operation.ts'
import { OPERATIONS } from '../api/registry.ts'
import { findCredential } from '../credential/credential-store.ts'
import type { Tables } from '../store/schema.ts'
import { findRole } from '../workspace/member-store.ts'
import { type Approval, WORKSTATION_CALL } from './approval-store.ts'

export interface Question {
  readonly approval: Approval
  /** What is asked for, in a few words. */
  readonly what: string
  /** What that means. */
  readonly meaning: string
  /** Names and values, in order. `claimed` is what whoever asks says of itself. */
  readonly facts: readonly (readonly [name: string, value: string, how?: 'claimed'])[]
}

/** For the person who may decide; undefined for others, and for what is unknown. */
export const questionFor = async (
  db: Kysely<Tables>,
  approval: Approval | undefined,
  userId: string,
): Promise<Question | undefined> => {
  if (!approval) return undefined
  const op = OPERATIONS.find(({ id }) => id === approval.op)
  if (!(await mayDecide(db, { approval, op }, userId))) return undefined
  if (approval.op === WORKSTATION_CALL) return await ofWorkstation(db, approval)
  return op && ofServer(approval, op)
}

interface Deciding {
  readonly approval: Approval
  readonly op: Operation | undefined
}

/** The person an agent acts for; for a project's own credential, a member whose role allows it. */
const mayDecide = async (db: Kysely<Tables>, { approval, op }: Deciding, userId: string): Promise<boolean> => {
  const { userId: owner, workspaceId } = approval
  if (owner !== null) return owner === userId
  const role = workspaceId === null || !op ? undefined : await findRole(db, { workspaceId, userId })
  return role !== undefined && op?.rules.every((rule) => covers(permissionsOfRole(role), rule)) === true
}

const ofServer = (approval: Approval, op: Operation): Question => ({
  approval,
  what: op.summary,
  meaning: op.description,
  facts: [['Agent', approval.agent ?? 'unknown', 'claimed']],
})

const ofWorkstation = async (db: Kysely<Tables>, approval: Approval): Promise<Question | undefined> => {
  const { told, agent } = approval
  if (!told) return undefined
  const login = await findCredential(db, approval.credentialId)
  const { target, thread, tool } = told
  return {
    approval,
    what: told.summary,
    meaning: 'An agent on a computer where you are logged in asks for this. These are the exact arguments of the call.',
    facts: [
      ['Agent', agent ?? 'unknown', 'claimed'],
      ...(thread === null ? [] : ([['Thread', thread]] as const)),
      ['Tool', tool],
      ...(target === null ? [] : ([['On', target]] as const)),
      ['Login', login?.name ?? login?.clientId ?? approval.credentialId],
    ],
  }
}
