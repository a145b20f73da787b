/** Owns one call of a remote tool: of the definition that was decided about, and with an answer that fits its reader. */
import { AppError, shown } from '@towline/protocol'
import { boundedAnswer, type RemoteAnswer } from './bounded-answer.ts'
import { depthOf } from './depth.ts'
import type { RemoteMcp } from './remote-mcp.ts'
import { findRemoteTool, toolDigest } from './remote-tools.ts'

export interface RemoteToolCall {
  readonly remote: RemoteMcp
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Of the definitions that were looked at and decided about, by {@link toolDigest}; another is not called. */
  readonly digests?: readonly string[] | undefined
  /** How long to wait; `bridgeCallMs` when absent. */
  readonly timeoutMs?: number | undefined
  /** Of the answer's JSON; `mcpOutputBytes` when absent. */
  readonly maxBytes?: number | undefined
  readonly signal: AbortSignal
}

export interface RemoteToolResult extends RemoteAnswer {
  /** The server had lost our session, and what it kept there. */
  readonly sessionRestarted: boolean
}

/**
 * A tool that fails answers with `isError`. Rejects with REMOTE_TOOL_UNKNOWN, REMOTE_TOOL_CHANGED, REMOTE_MCP_ASKS,
 * PAYLOAD_TOO_LARGE, OPTION_INVALID, or as {@link RemoteMcp.ask}.
 */
export const callRemoteTool = async (call: RemoteToolCall): Promise<RemoteToolResult> => {
  const { remote, signal } = call
  const { limits, url } = remote
  const bounds = boundsOf(call)
  const definition = await findRemoteTool(remote, call.tool, { signal })
  if (call.digests?.some((digest) => digest !== toolDigest(definition)))
    throw new AppError('REMOTE_TOOL_CHANGED', { tool: shown(call.tool), url })
  const params = { name: call.tool, arguments: { ...call.arguments } }
  const answer = await remote.ask(
    (client, options) =>
      client.callTool(params, { ...options, toolDefinition: definition as never }).catch((error: unknown) => {
        throw asksFor(error, call.tool) ?? error
      }),
    { ms: bounds.ms, signal },
  )
  if (depthOf(answer, limits.bridgeAnswerDepth) > limits.bridgeAnswerDepth)
    throw new AppError('REMOTE_MCP_BROKEN', { url, problem: 'its answer has too many levels' })
  return { ...boundedAnswer(answer, bounds.bytes), sessionRestarted: remote.takeRestart() }
}

const boundsOf = (call: RemoteToolCall): { readonly ms: number; readonly bytes: number } => {
  const { limits } = call.remote
  const { timeoutMs: ms = limits.bridgeCallMs, maxBytes: bytes = limits.mcpOutputBytes } = call
  if (!(ms > 0 && ms <= limits.bridgeCallMsMost)) throw outside('--timeout', ms, limits.bridgeCallMsMost)
  if (!(bytes > 0 && bytes <= limits.mcpOutputBytesMost))
    throw outside('--max-output', bytes, limits.mcpOutputBytesMost)
  if (Buffer.byteLength(JSON.stringify(call.arguments)) > limits.bridgeArgumentBytes)
    throw new AppError('PAYLOAD_TOO_LARGE', { limit: limits.bridgeArgumentBytes })
  return { ms, bytes }
}

const outside = (option: string, value: number, most: number): AppError =>
  new AppError('OPTION_INVALID', { option, value, problem: `it is 1 to ${most}` })

/** A tool that asks its caller's person or model: by its answer (2026-07-28), or as a request that we refuse (before). */
const asksFor = (error: unknown, tool: string): AppError | undefined => {
  const { data } = (error ?? {}) as { readonly data?: { readonly resultType?: unknown } }
  return data?.resultType === 'input_required' ? new AppError('REMOTE_MCP_ASKS', { tool: shown(tool) }) : undefined
}
