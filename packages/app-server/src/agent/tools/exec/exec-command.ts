/** Owns the tool by which the model runs a command: asked for where it must be, within its sandbox, in the background when it goes on. */
import { resolve } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { type CommandWords, commandWords } from '../../policy/command-words.ts'
import { proposedRule, ruleFor } from '../../policy/command-rules.ts'
import { decide, mayLeaveSandbox } from '../../policy/decide.ts'
import { isDangerous, readsOnly } from '../../policy/safe-commands.ts'
import { sandboxOf, unsandboxed } from '../../policy/sandbox-context.ts'
import type { ToolCall, ToolSpec } from '../../tool.ts'
import { orAborted } from '../../or-aborted.ts'
import { type Place, placeOf, type TurnScope } from '../../turn-scope.ts'
import { CUT_OFF, type OwnTool, ToolRefusal } from '../own-tool.ts'
import { parseInput } from '../parse-input.ts'
import { applyPatch } from '../patch/apply-patch.ts'
import { patchInCommand } from '../patch/patch-in-command.ts'
import { approveCommand } from './approve-command.ts'
import { commandItem, unrunItem } from './command-item.ts'
import { type CommandReport, reportText } from './model-output.ts'
import { type Attempt, runCommand } from './run-command.ts'
import type { Terminal } from './terminal.ts'

const DEFAULT_YIELD_MS = 10_000
const LEAST_YIELD_MS = 250

const ms = z.number().int().nonnegative()

const INPUT = z.object({
  cmd: z.string().min(1).max(LIMITS.agentInputChars),
  workdir: z.string().optional(),
  tty: z.boolean().optional(),
  login: z.boolean().optional(),
  yield_time_ms: ms.optional(),
  max_output_tokens: z.number().int().positive().optional(),
  environment_id: z.string().optional(),
  sandbox_permissions: z.string().optional(),
  justification: z.string().optional(),
  prefix_rule: z.array(z.string()).optional(),
})

type Input = z.infer<typeof INPUT>

const PROPERTIES = {
  cmd: { type: 'string', description: 'Shell command to run.' },
  workdir: { type: 'string', description: 'Folder to run it in; the folder of the turn by default.' },
  tty: { type: 'boolean', description: 'Give it a terminal. Needed to write to it later. Default false.' },
  login: { type: 'boolean', description: 'Read the profile of the shell first. Default true.' },
  yield_time_ms: {
    type: 'number',
    description: 'How long to wait for its end before it goes to the background. Default 10000, at most 30000.',
  },
  max_output_tokens: { type: 'number', description: 'Of more output the middle is left out. Default 10000.' },
  sandbox_permissions: {
    type: 'string',
    enum: ['use_default', 'require_escalated'],
    description: '"require_escalated" asks the person to run it without the sandbox.',
  },
  justification: {
    type: 'string',
    description: 'Only with require_escalated: one sentence, a question that the person can decide by.',
  },
  prefix_rule: {
    type: 'array',
    items: { type: 'string' },
    description:
      'Only with require_escalated: words that such commands begin with and that the person may allow from now on, such as ["npm", "install"].',
  },
} as const

const spec = ({ context }: TurnScope): ToolSpec | undefined => {
  const ids = context.settings.environments.map(({ environmentId }) => environmentId)
  if (ids.length === 0) return undefined
  const environment = {
    type: 'string',
    enum: ids,
    description: 'Where to run it, as <environment_context> lists them; the first by default.',
  }
  return {
    ...{ type: 'function', name: 'exec_command', strict: false },
    description:
      'Runs a shell command. Answers its output and exit code, or a session ID when it goes on in the background: see write_stdin.',
    parameters: {
      ...{ type: 'object', required: ['cmd'], additionalProperties: false },
      properties: { ...PROPERTIES, ...(ids.length > 1 && { environment_id: environment }) },
    },
  }
}

export const EXEC_COMMAND: OwnTool = {
  name: 'exec_command',
  parallel: true,
  spec,
  run: async (scope, call) => {
    const input = parseInput(INPUT, call.input)
    const place = placeOf(scope, input.environment_id)
    if (place === undefined) throw new ToolRefusal(`unknown environment_id ${input.environment_id ?? ''}`)
    const cwd = resolve(place.cwd, input.workdir ?? '.')
    const patch = patchInCommand(input.cmd)
    if (patch !== undefined)
      return applyPatch(scope, { callId: call.callId, patch: patch.text, place, cwd: resolve(cwd, patch.workdir) })
    return await execute(scope, call, { input, place, cwd, words: commandWords(input.cmd) })
  },
}

interface Wanted {
  readonly input: Input
  readonly place: Place
  readonly cwd: string
  readonly words: CommandWords
}

const execute = async (scope: TurnScope, { callId }: ToolCall, wanted: Wanted): Promise<string> => {
  const { input, place, cwd, words } = wanted
  const decision = decide(factsOf(scope, wanted))
  if (decision.act === 'refuse') throw new ToolRefusal(`rejected: ${decision.reason}`)
  if (scope.isResumed && decision.act === 'run') throw new ToolRefusal(CUT_OFF)
  const sessionId = scope.nextSessionId()
  const argv = [await shellPath(scope, place), (input.login ?? true) ? '-lc' : '-c', input.cmd]
  const item = commandItem({ id: callId, argv, script: input.cmd, cwd, sessionId })
  scope.teller.started(item)
  const key = JSON.stringify([place.environmentId, input.cmd, cwd, decision.sandboxed])
  const question = { item, place, key, reason: input.justification ?? null }
  if (decision.act === 'ask') {
    const proposed = proposedRule(words, input.prefix_rule)
    await approvedOr(scope, { ...question, proposed }, () => scope.teller.completed(unrunItem(item, 'declined', null)))
  }
  const attempt: Attempt = {
    ...{ scope, item, place, sessionId, argv, tty: input.tty ?? false },
    sandbox: decision.sandboxed ? sandboxOf(place.sandbox) : unsandboxed(place.sandbox),
    yieldMs: Math.min(Math.max(input.yield_time_ms ?? DEFAULT_YIELD_MS, LEAST_YIELD_MS), LIMITS.agentYieldMs),
  }
  const leaving =
    decision.sandboxed && mayLeaveSandbox(scope.context.settings.approvalPolicy)
      ? () => approveCommand(scope, { ...question, ...LEAVE, key: JSON.stringify([key, 'free']) })
      : undefined
  const terminal = await runCommand(attempt, leaving)
  return report(scope, terminal, { wallMs: terminal.wallMs, maxTokens: input.max_output_tokens })
}

/** Of an environment that cannot be reached its start will say so. */
const shellPath = async ({ signal }: TurnScope, { environment }: Place): Promise<string> => {
  try {
    return (await orAborted(environment.info(), signal)).shell.path
  } catch {
    signal.throwIfAborted()
    return 'sh'
  }
}

const LEAVE = { reason: 'command failed; retry without sandbox?', proposed: null } as const

type Question = Parameters<typeof approveCommand>[1]

/** Rejects with ToolRefusal when the person does not want it; `unrun` closes its item whatever happened. */
const approvedOr = async (scope: TurnScope, question: Question, unrun: () => void): Promise<void> => {
  let approved = false
  try {
    approved = await approveCommand(scope, question)
  } finally {
    if (!approved) unrun()
  }
  if (!approved) throw new ToolRefusal('rejected by user')
}

const factsOf = ({ context, thread }: TurnScope, { input, place, cwd, words }: Wanted) => ({
  approvalPolicy: context.settings.approvalPolicy,
  sandbox: place.sandbox.policy.type,
  rule: ruleFor(words, [...context.config.rules, ...thread.rules]),
  safe: words.plain && readsOnly(words.commands, cwd !== place.cwd),
  dangerous: words.commands.some(isDangerous),
  escalated: input.sandbox_permissions === 'require_escalated',
})

/** What the model is told of a command that ended, or goes on. */
export const report = (
  { newId }: TurnScope,
  terminal: Terminal,
  { wallMs, maxTokens }: Pick<CommandReport, 'wallMs' | 'maxTokens'>,
): string =>
  reportText({
    ...{ output: terminal.takeUnread(), wallMs, maxTokens, chunkId: newId().slice(-6) },
    exitCode: terminal.end ? (terminal.end.exitCode ?? -1) : undefined,
    sessionId: terminal.end ? undefined : terminal.options.sessionId,
  })
