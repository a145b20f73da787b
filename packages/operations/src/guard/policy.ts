/** Owns what a policy file may say; docs/reference/policy.md is made from this. */
import { parseJson } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { DECISIONS, RISKS, type Risk } from './risks.ts'

/** By which a person may say yes: in the agent's own client, on a page of the server, or at a terminal of this machine. */
export const WAYS = ['form', 'page', 'terminal'] as const
export type Way = (typeof WAYS)[number]

const pattern = z.string().min(1).max(LIMITS.policyPatternChars)
const many = <T extends z.ZodType>(of: T) => z.array(of).min(1).max(LIMITS.policyPatterns)
const scalar = z.union([pattern, z.number(), z.boolean()]).transform(String)
/** An own key such as `__proto__` would be no key of what is read. */
const table = <T extends z.ZodType>(of: T) =>
  z
    .record(z.string().min(1).max(LIMITS.policyPatternChars), of)
    .refine((value) => Object.keys(value).length <= LIMITS.policyPatterns, 'it has too many keys')

const rule = z.strictObject({
  tools: many(pattern).optional().describe('Names of tools, with `*` for any rest. All of them when absent.'),
  risk: many(z.enum(Object.keys(RISKS) as [Risk, ...Risk[]]))
    .optional()
    .describe('Kinds of risk, as in the table below. All of them when absent.'),
  target: z
    .strictObject({
      name: pattern.optional().describe('Name of the machine or tunnel, without `tow://`.'),
      labels: table(scalar).optional().describe('Labels it has, all of them; `*` as value: any.'),
    })
    .optional()
    .describe('What the call is about. A call that is about nothing matches no rule that has it.'),
  args: table(z.union([scalar, many(scalar)]))
    .optional()
    .describe('Patterns by argument: `path`, `argv[0]`, `env.NAME`. Of several patterns one has to match.'),
  decision: z.enum(DECISIONS).describe('`allow`: goes on unasked. `ask`: a person has to say yes. `deny`: never.'),
  note: z
    .string()
    .max(LIMITS.policyNoteChars)
    .optional()
    .describe('Told to the agent and to people with the decision.'),
})

export const POLICY = z.strictObject({
  rules: z.array(rule).max(LIMITS.policyRules).default([]).describe('The first that matches decides.'),
  approve: z
    .array(z.enum(WAYS))
    .min(1)
    .default([...WAYS])
    .describe('The ways that count by which a person says yes.'),
})

export type Policy = z.output<typeof POLICY>
export type Rule = Policy['rules'][number]

/** Where there is no file. */
export const NO_POLICY: Policy = { rules: [], approve: [...WAYS] }

/** One that names every key. */
export const POLICY_EXAMPLE = {
  rules: [
    { target: { labels: { env: 'prod' } }, decision: 'deny', note: 'agents stay out of production' },
    { tools: ['towline_webtty_exec'], args: { argv: ['systemctl status *', 'journalctl **'] }, decision: 'allow' },
    { risk: ['write'], target: { name: 'edge-*' }, args: { path: '/srv/app/**' }, decision: 'allow' },
    { risk: ['expose', 'sensitive'], decision: 'ask' },
  ],
  approve: ['page', 'terminal'],
} as const satisfies z.input<typeof POLICY>

/** Every key with what it is, for the reference. */
export const policyKeys = (): readonly (readonly [key: string, words: string])[] =>
  keysOf(z.toJSONSchema(POLICY, { io: 'input' }) as Schema, '')

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

const keysOf = ({ properties = {} }: Schema, before: string): readonly (readonly [string, string])[] =>
  Object.entries(properties).flatMap(([key, of]) => [
    [`${before}${key}`, of.description ?? ''] as const,
    ...keysOf(of, `${before}${key}.`),
    ...(of.items ? keysOf(of.items, `${before}${key}[].`) : []),
  ])

/** What is wrong first, with the key it is at. */
export interface Flaw {
  readonly key: string
  readonly problem: string
}

/** The policy that `text` is, or what is wrong with it. */
export const parsePolicy = (text: string): Policy | Flaw => {
  const json = parseJson(text)
  if (json === undefined) return { key: 'file', problem: 'it is not JSON' }
  const parsed = POLICY.safeParse(json)
  return parsed.success ? parsed.data : flawOf(parsed.error)
}

export const isFlaw = (read: Policy | Flaw): read is Flaw => 'problem' in read

const flawOf = ({ issues }: z.ZodError): Flaw => {
  const issue = deepest(issues[0] as Issue)
  if (issue.code !== 'unrecognized_keys') return { key: keyOf(issue.path), problem: issue.message }
  const key = keyOf([...issue.path, issue.keys[0] as string])
  return { key, problem: 'this key is not known' }
}

type Issue = z.core.$ZodIssue

/** Of a choice between shapes, why the nearest was not it. */
const deepest = (issue: Issue): Issue => {
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.errors.flat().toSorted((one, other) => other.path.length - one.path.length)[0]
  return inner && inner.path.length > 0 ? deepest({ ...inner, path: [...issue.path, ...inner.path] }) : issue
}

const keyOf = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? 'file'
    : path
        .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
        .join('')
        .replace(/^\./, '')
