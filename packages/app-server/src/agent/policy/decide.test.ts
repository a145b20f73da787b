import type { AskForApproval, SandboxPolicy } from '@towline/protocol'
import { verifies } from '@towline/testkit'
import { expect, test } from 'vitest'
import { type CommandFacts, decide, decidePatch, mayLeaveSandbox } from './decide.ts'

const granular = (sandbox_approval: boolean, rules: boolean): AskForApproval => ({
  granular: { sandbox_approval, rules, skill_approval: false, request_permissions: false, mcp_elicitations: false },
})

const POLICIES = {
  untrusted: 'untrusted',
  onRequest: 'on-request',
  never: 'never',
  gSandbox: granular(true, false),
  gRules: granular(false, true),
} as const
type Name = keyof typeof POLICIES

const SANDBOXES: readonly SandboxPolicy['type'][] = [
  'readOnly',
  'workspaceWrite',
  'dangerFullAccess',
  'externalSandbox',
]

/** `-` after a word: without the sandbox. */
const told = (facts: CommandFacts): string => {
  const decision = decide(facts)
  return decision.act === 'refuse' ? 'refuse' : decision.act + (decision.sandboxed ? '' : '-')
}

const words = ({ approvalPolicy: _a, sandbox: _s, ...facts }: CommandFacts): string =>
  `${facts.rule ?? 'no rule'}${facts.safe ? ' safe' : ''}${facts.dangerous ? ' dangerous' : ''}${facts.escalated ? ' escalated' : ''}`

const FACTS: readonly Pick<CommandFacts, 'rule' | 'safe' | 'dangerous' | 'escalated'>[] = (
  [undefined, 'allow', 'prompt', 'forbidden'] as const
).flatMap((rule) =>
  (
    [
      [false, false],
      [true, false],
      [false, true],
    ] as const
  ).flatMap(([safe, dangerous]) => [false, true].map((escalated) => ({ rule, safe, dangerous, escalated }))),
)

/** In a sandbox that is enforced here: by policy, all facts. */
const ENFORCED: Readonly<Record<string, readonly string[]>> = {
  //                              untrusted  onRequest  never     gSandbox   gRules
  'no rule': /*               */ ['ask', 'run', 'run', 'run', 'run'],
  'no rule escalated': /*     */ ['ask-', 'ask-', 'refuse', 'ask-', 'refuse'],
  'no rule safe': /*          */ ['run', 'run', 'run', 'run', 'run'],
  'no rule safe escalated': ['ask-', 'ask-', 'refuse', 'ask-', 'refuse'],
  'no rule dangerous': /*     */ ['ask', 'ask', 'run', 'ask', 'run'],
  'no rule dangerous escalated': ['ask-', 'ask-', 'refuse', 'ask-', 'refuse'],
  prompt: /*                  */ ['ask', 'ask', 'refuse', 'refuse', 'ask'],
  'prompt escalated': /*      */ ['ask-', 'ask-', 'refuse', 'refuse', 'ask-'],
  allow: /*                   */ ['run-', 'run-', 'run-', 'run-', 'run-'],
  forbidden: /*               */ ['refuse', 'refuse', 'refuse', 'refuse', 'refuse'],
}

/** With a rule it does not matter what else a command is; of `prompt` only whether it leaves. */
const rowOf = (facts: (typeof FACTS)[number], open: boolean): readonly string[] => {
  const { rule, escalated } = facts
  const leaves = escalated && !(open && rule === undefined)
  const key =
    rule === undefined
      ? words({ ...facts, escalated: leaves } as CommandFacts)
      : rule + (rule === 'prompt' && leaves ? ' escalated' : '')
  return ENFORCED[key] as readonly string[]
}

test.each(SANDBOXES)('agent policy: decides on each command in the sandbox %s as the table says', (sandbox) => {
  verifies('app.approvals')
  const open = sandbox === 'dangerFullAccess' || sandbox === 'externalSandbox'
  for (const facts of FACTS)
    for (const [index, name] of (Object.keys(POLICIES) as Name[]).entries())
      expect([name, words(facts as CommandFacts), told({ ...facts, sandbox, approvalPolicy: POLICIES[name] })]).toEqual(
        [name, words(facts as CommandFacts), rowOf(facts, open)[index]],
      )
})

test('agent policy: a patch is written, asked for or refused by where it goes', () => {
  const say = (approvalPolicy: AskForApproval, sandbox: SandboxPolicy['type'], inside: boolean): string => {
    const decision = decidePatch({ approvalPolicy, sandbox, inside })
    return decision.act === 'refuse' ? 'refuse' : decision.act + (decision.sandboxed ? '' : '-')
  }
  const rows = SANDBOXES.map((sandbox) =>
    [true, false].flatMap((inside) => Object.values(POLICIES).map((policy) => say(policy, sandbox, inside))),
  )
  const [enforced, open] = [
    ['ask', 'run', 'run', 'run', 'run', 'ask-', 'ask-', 'refuse', 'ask-', 'refuse'],
    ['ask-', 'run', 'run', 'run', 'run', 'ask-', 'run', 'run', 'run', 'run'],
  ]
  expect(rows).toEqual([enforced, enforced, open, open])
})

test('agent policy: a failed command may leave its sandbox where a person may be asked', () => {
  expect(Object.values(POLICIES).map(mayLeaveSandbox)).toEqual([true, true, false, true, false])
})
