/** Owns asking a person whether a command may run, and keeping what they answer for later. */
import type { CommandDecision, CommandExecutionItem } from '@towline/protocol'
import { Interrupted } from '../../interrupted.ts'
import type { Place, TurnScope } from '../../turn-scope.ts'

export interface CommandQuestion {
  readonly item: CommandExecutionItem
  readonly place: Place
  readonly reason: string | null
  /** A rule that would let it pass from now on. */
  readonly proposed: readonly string[] | null
  /** What `accept for the session` is remembered by. */
  readonly key: string
}

/** Whether it may run. Rejects with Interrupted when the person ended the turn instead. */
export const approveCommand = async (scope: TurnScope, question: CommandQuestion): Promise<boolean> => {
  const { context, teller, signal } = scope
  if (context.accepted.has(question.key)) return true
  const { item, place, reason, proposed } = question
  const { decision } = await teller.feed.ask(
    'item/commandExecution/requestApproval',
    {
      ...{ ...teller.ids, itemId: item.id, startedAtMs: teller.now(), kind: 'command', reason },
      ...{ environmentId: place.environmentId, command: item.command, cwd: item.cwd },
      ...{ commandActions: item.commandActions, proposedExecpolicyAmendment: proposed },
      availableDecisions: decisionsFor(proposed),
    },
    signal,
  )
  return decided(scope, question, decision)
}

const decisionsFor = (proposed: readonly string[] | null): readonly CommandDecision[] => [
  ...(['accept', 'acceptForSession'] as const),
  ...(proposed === null ? [] : [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: proposed } }]),
  ...(['decline', 'cancel'] as const),
]

const decided = async (scope: TurnScope, { key }: CommandQuestion, decision: CommandDecision): Promise<boolean> => {
  const { context, thread } = scope
  if (decision === 'cancel') {
    scope.cancel()
    throw new Interrupted()
  }
  if (decision === 'acceptForSession') context.accepted.add(key)
  if (typeof decision === 'string') return decision.startsWith('accept')
  const pattern = decision.acceptWithExecpolicyAmendment.execpolicy_amendment
  // A rule of no words would be one for everything.
  if (!Array.isArray(pattern) || pattern.length === 0) return true
  thread.rules.push({ pattern, decision: 'allow' })
  await scope.allow(pattern).catch((error: unknown) => {
    scope.teller.warn(`The rule could not be kept for later: ${error instanceof Error ? error.message : 'unknown'}`)
  })
  return true
}
