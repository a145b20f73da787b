/** Owns the one way every call takes: valid, in turn, allowed, run, recorded, bounded, told. */
import { newId } from '@towline/base'
import {
  type CallToolResult,
  type InputRequiredResult,
  isInputRequiredResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { AppError } from '@towline/protocol'
import { resolveConnection } from '@towline/operations'
import type { McpDeps } from '../deps.ts'
import type { Allowed } from '../guard/guard.ts'
import type { Tool, ToolCall } from '../tool.ts'
import { askLegacy } from './ask-legacy.ts'
import { boundedResult } from './bounded-result.ts'
import type { Lane } from './busy.ts'
import { clientAsks } from './client-asks.ts'
import { labelsFor } from './labels-for.ts'
import { refusalOf } from './next-tool.ts'
import { originOf } from './origin.ts'
import { progressOf } from './progress.ts'

export interface Calling {
  readonly deps: McpDeps
  readonly server: McpServer
  readonly era: 'legacy' | 'modern'
  /** Of the whole process: several connections share it. */
  readonly lane: Lane
}

type Args = Readonly<Record<string, unknown>>

/** Never rejects: what is refused is told to the model, with what to do next. */
export const callTool = async (
  tool: Tool,
  given: Args,
  { context, ...calling }: Calling & { readonly context: ServerContext },
): Promise<CallToolResult | InputRequiredResult> => {
  const turn = (own: ServerContext): Promise<CallToolResult | InputRequiredResult> =>
    calling.lane(() => guarded(tool, given, { ...calling, context: own }), context.mcpReq.signal)
  try {
    const answer = await turn(context)
    if (calling.era === 'modern' || !isInputRequiredResult(answer)) return answer
    return await turn(await askLegacy(answer, context, calling.deps))
  } catch (error) {
    return refused(toAppError(error, calling.deps), calling.deps)
  }
}

const guarded = async (
  tool: Tool,
  { approvalId, ...args }: Args,
  calling: Calling & { readonly context: ServerContext },
): Promise<CallToolResult | InputRequiredResult> => {
  const { deps, era, context } = calling
  const call = callOf(calling)
  const about = {
    ...{ tool, args, call, context, era, target: tool.target?.(args) },
    asks: clientAsks(context, calling),
    approvalId: approvalId as string | undefined,
  }
  if (typeof tool.risk === 'function') await deps.guard.refuse?.(about)
  const told = typeof tool.risk === 'function' ? await tool.risk(args, call) : tool.risk
  const decided = await deps.guard.decide({ ...about, ...(typeof told === 'string' ? { risk: told } : told) })
  if (isInputRequiredResult(decided)) return decided
  if ('approvalRequired' in decided) return { ...boundedResult({ ...decided }, deps.limits) }
  return await run(tool, args, { call, allowed: decided })
}

/** What became of it is recorded before it is told. */
const run = async (
  tool: Tool,
  args: Args,
  { call, allowed }: { readonly call: ToolCall; readonly allowed: Allowed },
): Promise<CallToolResult> => {
  const started = performance.now()
  const over = (error?: AppError): Promise<void> =>
    allowed.ended({ durationMs: Math.round(performance.now() - started), ...(error && { error }) })
  const answer = await tool.run(args, call).catch(async (thrown: unknown) => {
    const error = toAppError(thrown, call.deps)
    await over(error)
    throw error
  })
  await over()
  return boundedResult(call.deps.secrets.masked(answer), call.deps.limits, tool.failed?.(answer) ?? false)
}

const callOf = ({ deps, server, context }: Calling & { readonly context: ServerContext }): ToolCall => {
  const origin = originOf(context, server)
  return {
    deps,
    origin,
    signal: context.mcpReq.signal,
    connection: async ({ context: name, project } = {}) => ({
      ...(await resolveConnection(deps.env, { context: name, project })),
      claim: { name: origin.agent, thread: origin.thread, call: origin.callId },
    }),
    labels: (purpose, extra) => labelsFor(origin, purpose, extra),
    progress: progressOf(context),
  }
}

const refused = (error: AppError, { secrets }: McpDeps): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(secrets.masked(refusalOf(error))) }],
  isError: true,
})

const toAppError = (error: unknown, { log }: McpDeps): AppError => {
  if (error instanceof AppError) return error
  if (error instanceof Error && error.name === 'AbortError') return new AppError('CALL_CANCELLED')
  const id = newId('err')
  log.error({ err: error, id }, 'a tool met an error of ours')
  return new AppError('INTERNAL', { id })
}
