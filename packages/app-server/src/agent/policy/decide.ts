/** Owns whether a command runs, with or without its sandbox, or a person is asked, or it is refused: a pure table. */
import type { AskForApproval, SandboxPolicy } from '@towline/protocol'
import type { CommandRule } from '../../config/agent-config.ts'

export interface CommandFacts {
  readonly approvalPolicy: AskForApproval
  readonly sandbox: SandboxPolicy['type']
  readonly rule: CommandRule['decision'] | undefined
  /** It reads at most. */
  readonly safe: boolean
  /** It may destroy work that the sandbox lets it reach. */
  readonly dangerous: boolean
  /** The model asks to run it without the sandbox. */
  readonly escalated: boolean
}

export type Decision =
  | { readonly act: 'run' | 'ask'; readonly sandboxed: boolean }
  | { readonly act: 'refuse'; readonly reason: string }

const RUN: Decision = { act: 'run', sandboxed: true }
const RUN_FREE: Decision = { act: 'run', sandboxed: false }
const ASK: Decision = { act: 'ask', sandboxed: true }
const ASK_FREE: Decision = { act: 'ask', sandboxed: false }
const refuse = (reason: string): Decision => ({ act: 'refuse', reason })

const FORBIDDEN = 'a rule of this machine forbids this command.'
const NOBODY_ASKED = 'it would have to be approved, and nobody may be asked here (approval policy).'

type Column = 'untrusted' | 'on-request' | 'never'
type Row = readonly [holds: (facts: CommandFacts) => boolean, untrusted: Decision, onRequest: Decision, never: Decision]

const isOpen = ({ sandbox }: CommandFacts): boolean => sandbox === 'dangerFullAccess' || sandbox === 'externalSandbox'

/** The first row that holds. */
const ROWS: readonly Row[] = [
  [({ rule }) => rule === 'forbidden', refuse(FORBIDDEN), refuse(FORBIDDEN), refuse(FORBIDDEN)],
  // Somebody allowed it by name; they were asked because the sandbox did not do.
  [({ rule }) => rule === 'allow', RUN_FREE, RUN_FREE, RUN_FREE],
  [({ rule, escalated }) => rule === 'prompt' && escalated, ASK_FREE, ASK_FREE, refuse(NOBODY_ASKED)],
  [({ rule }) => rule === 'prompt', ASK, ASK, refuse(NOBODY_ASKED)],
  // Where there is no sandbox there is nothing to leave.
  [(facts) => facts.escalated && !isOpen(facts), ASK_FREE, ASK_FREE, refuse(NOBODY_ASKED)],
  [({ safe }) => safe, RUN, RUN, RUN],
  [({ dangerous }) => dangerous, ASK, ASK, RUN],
  [() => true, ASK, RUN, RUN],
]

const COLUMN: Readonly<Record<Column, 1 | 2 | 3>> = { untrusted: 1, 'on-request': 2, never: 3 }

export const decide = (facts: CommandFacts): Decision => {
  const row = ROWS.find(([holds]) => holds(facts)) as Row
  return row[COLUMN[columnOf(facts)]]
}

/** A granular policy asks as `on-request` does for what it lists, and never for the rest. */
const columnOf = ({ approvalPolicy, rule }: CommandFacts): Column => {
  if (typeof approvalPolicy === 'string') return approvalPolicy
  const { granular } = approvalPolicy
  return (rule === 'prompt' ? granular.rules : granular.sandbox_approval) ? 'on-request' : 'never'
}

/** Whether a person may be asked to let a command out of its sandbox that failed because of it. */
export const mayLeaveSandbox = (approvalPolicy: AskForApproval): boolean =>
  typeof approvalPolicy === 'string' ? approvalPolicy !== 'never' : approvalPolicy.granular.sandbox_approval

export interface PatchFacts {
  readonly approvalPolicy: AskForApproval
  readonly sandbox: SandboxPolicy['type']
  /** All files lie where the sandbox lets the turn write. */
  readonly inside: boolean
}

/** The same for a patch of files. */
export const decidePatch = ({ approvalPolicy, sandbox, inside }: PatchFacts): Decision => {
  if (sandbox === 'dangerFullAccess' || sandbox === 'externalSandbox')
    return approvalPolicy === 'untrusted' ? ASK_FREE : RUN
  if (approvalPolicy === 'untrusted') return inside ? ASK : ASK_FREE
  if (inside) return RUN
  return mayLeaveSandbox(approvalPolicy) ? ASK_FREE : refuse(OUTSIDE)
}

const OUTSIDE = 'it writes outside of the folders that this turn may write to, and nobody may be asked here.'
