/**
 * Owns asking through clients of revisions before 2026-07-28: the question is sent while their call waits. Outside of the
 * lane, as a person takes longer than any call may hold others up.
 */
import { randomUUID } from 'node:crypto'
import type { inputRequired, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server'
import { AppError } from '@towline/protocol'
import type { McpDeps } from '../deps.ts'

/** The context of the same call again, with what was answered. No answer in time, or one out of form, is a no. */
export const askLegacy = async (
  { inputRequests = {}, requestState = '' }: InputRequiredResult,
  context: ServerContext,
  { guard, limits }: McpDeps,
): Promise<ServerContext> => {
  const timeout = limits.questionSeconds * 1000
  const options = { timeout, resetTimeoutOnProgress: false, signal: context.mcpReq.signal }
  const answers: Record<string, unknown> = {}
  for (const [key, request] of Object.entries(inputRequests)) {
    answers[key] = await send(context, request, options).catch(() => ({ action: 'cancel' }))
    context.mcpReq.signal.throwIfAborted()
  }
  const state = await guard.verifyState?.(requestState, context).catch(() => {
    throw new AppError('APPROVAL_INVALID')
  })
  const requestStateOf = <T>(): T | undefined => state as T | undefined
  return { ...context, mcpReq: { ...context.mcpReq, inputResponses: answers, requestState: requestStateOf } }
}

type Request = NonNullable<InputRequiredResult['inputRequests']>[string]

/** Questions that open pages had ids then. */
const send = (
  { mcpReq }: ServerContext,
  request: Request,
  options: Parameters<ServerContext['mcpReq']['send']>[2] & object,
): Promise<unknown> => {
  const { params } = request as ReturnType<typeof inputRequired.elicit>
  const isUrl = (params as { readonly mode?: string }).mode === 'url'
  const told = isUrl ? { ...params, elicitationId: randomUUID() } : params
  return mcpReq.send({ method: 'elicitation/create', params: told as Record<string, unknown> }, options)
}
