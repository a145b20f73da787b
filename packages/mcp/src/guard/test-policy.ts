/** Owns trying a policy on a call that is not made. */
import { decideByPolicy, type KnownTarget, type Policy, type PolicyDecision, type Risk } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { toolNamed } from '../catalogue.ts'
import type { Tool, ToolCall } from '../tool.ts'

export interface PolicyTest {
  /** Name of a tool. */
  readonly tool: string
  readonly args: unknown
  /** What it is about, where the arguments do not tell. */
  readonly target?: string | undefined
  /** What an inventory would know of that; undefined is a target that nobody knows. */
  readonly known?: KnownTarget | undefined
  /** For tools whose risk depends on more than a dry run has. */
  readonly risk?: Risk | undefined
}

/** As the guard decides. Throws OPTION_INVALID for what is no such call. */
export const testPolicy = async (
  policy: Policy,
  test: PolicyTest,
): Promise<PolicyDecision & { readonly risk: Risk }> => {
  const tool = toolNamed(test.tool)
  const read = tool.input.safeParse(test.args)
  if (!read.success) throw invalidArgs(JSON.stringify(test.args), read.error.issues[0])
  const args = read.data as Readonly<Record<string, unknown>>
  const risk = test.risk ?? (await riskOf(tool, args))
  const target = test.target ?? tool.target?.(args)?.name
  const decided = await decideByPolicy(policy, {
    ...{ tool: tool.name, args, risk, target },
    look: () => Promise.resolve(test.known),
  })
  return { ...decided, risk }
}

/** A risk that depends on more than the arguments, such as a remote tool, cannot be told without the call. */
const riskOf = async ({ risk, name }: Tool, args: Readonly<Record<string, unknown>>): Promise<Risk> => {
  if (typeof risk === 'string') return risk
  try {
    const told = await risk(args, {} as ToolCall)
    return typeof told === 'string' ? told : told.risk
  } catch {
    const problem = `the risk of ${name} depends on what it is used on; say which is meant`
    throw new AppError('OPTION_INVALID', { option: '--risk', value: '', problem })
  }
}

const invalidArgs = (
  value: string,
  issue: { readonly path: PropertyKey[]; readonly message: string } | undefined,
): AppError =>
  new AppError('OPTION_INVALID', {
    ...{ option: '--args', value: value.slice(0, 200) },
    problem: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'not valid'}`,
  })
