/** Owns the questions that wait for a person of this machine, and what was answered: bound to one call, used once, expiring. */
import { newId } from '@towline/base'
import { AppError, type Limits, shown } from '@towline/protocol'
import type { CallQuestion } from '../guard/call-question.ts'

export interface ApprovalQuestion extends CallQuestion {
  /** At most localApprovalSeconds. */
  readonly secondsToLive: number
}

export type ApprovalDecision = 'approved' | 'refused'

/** A question as it stands. */
export interface Approval extends Omit<ApprovalQuestion, 'secondsToLive'> {
  /** `apl_…` */
  readonly id: string
  readonly status: 'waiting' | ApprovalDecision
  /** Integer seconds. */
  readonly askedAt: number
  readonly expiresAt: number
  /** Who decided. */
  readonly by?: string
}

/** `approved` is said once. */
export type ApprovalAnswer =
  | { readonly status: 'approved'; readonly by: string }
  | { readonly status: 'waiting'; readonly expiresAt: number }

export interface ApprovalsOptions {
  readonly limits: Pick<Limits, 'localApprovals' | 'localApprovalSeconds'>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

export class Approvals {
  readonly #options: ApprovalsOptions
  readonly #all = new Map<string, Approval>()

  constructor(options: ApprovalsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.list().length
  }

  /** The same call of the same conversation gets the same question while it is not over. Throws LIMIT_REACHED. */
  ask({ secondsToLive, ...question }: ApprovalQuestion): Approval {
    this.sweep()
    const open = [...this.#all.values()]
    const same = open.find((one) => one.status !== 'refused' && KEY.every((key) => one[key] === question[key]))
    if (same) return same
    const { localApprovals: value, localApprovalSeconds } = this.#options.limits
    if (open.length >= value) throw new AppError('LIMIT_REACHED', { limit: 'localApprovals', value })
    const askedAt = this.#now()
    const life = Math.max(1, Math.min(secondsToLive, localApprovalSeconds))
    const asked: Approval = { id: newId('apl'), status: 'waiting', ...question, askedAt, expiresAt: askedAt + life }
    this.#all.set(asked.id, asked)
    return asked
  }

  /** Those that wait and those that were allowed and not used yet, the oldest first. */
  list(): readonly Approval[] {
    this.sweep()
    return [...this.#all.values()].filter(({ status }) => status !== 'refused')
  }

  /** What was allowed and not used may still be refused, not the other way. Throws APPROVAL_UNKNOWN. */
  decide(id: string, decision: ApprovalDecision, by: string): Approval {
    const found = this.#find(id)
    if (!found || (found.status === 'refused' && decision === 'approved'))
      throw new AppError('APPROVAL_UNKNOWN', { id: shown(id) })
    if (found.status === decision) return found
    const decided: Approval = { ...found, status: decision, by }
    this.#all.set(id, decided)
    return decided
  }

  /** Uses up what was allowed. Throws APPROVAL_INVALID for another call or what is over, APPROVAL_REFUSED. */
  use(id: string, fingerprint: string): ApprovalAnswer {
    const found = this.#find(id)
    if (!found || found.fingerprint !== fingerprint) throw new AppError('APPROVAL_INVALID')
    if (found.status === 'refused') throw new AppError('APPROVAL_REFUSED')
    if (found.status === 'waiting') return { status: 'waiting', expiresAt: found.expiresAt }
    this.#all.delete(id)
    return { status: 'approved', by: found.by ?? '' }
  }

  /** Forgets what is over. */
  sweep(): void {
    for (const { id, expiresAt } of this.#all.values()) if (expiresAt <= this.#now()) this.#all.delete(id)
  }

  #find(id: string): Approval | undefined {
    this.sweep()
    return this.#all.get(id)
  }

  #now(): number {
    return Math.floor(this.#options.clock() / 1000)
  }
}

/** What makes two calls the same. */
const KEY = ['tool', 'fingerprint', 'agent', 'thread'] as const
