/** Owns the tools that are operations of the control API: the same registry, checks, audit trail and answers as its routes. */
import type { InputRequiredResult } from '@modelcontextprotocol/server'
import { AppError, type AuditRecord } from '@towline/protocol'
import { type AuditedCall, auditRecord } from '../../api/audit-record.ts'
import type { Caller } from '../../api/caller.ts'
import { documentOf } from '../../api/document.ts'
import type { Operation } from '../../api/operation.ts'
import { perform } from '../../api/perform.ts'
import { enter } from '../../api/places.ts'
import { OPERATIONS } from '../../api/registry.ts'
import { agentName } from '../agent-name.ts'
import type { Approvals } from '../approvals.ts'
import type { McpDeps } from '../mcp-deps.ts'
import { fitted, pagedSchema } from './answers.ts'
import { approvalSchema, toolInput, type ToolArguments } from './operation-input.ts'
import { type OperationSchemas, operationSchemas } from './operation-schemas.ts'
import { mayCall, toolScopes } from './scopes.ts'
import { type Arguments, type Tool, type ToolAnswer, type ToolCall, toldOf } from './tool.ts'

/** Of all operations that have a tool. */
export const operationTools = (deps: McpDeps, approvals: Approvals): readonly Tool[] => {
  const schemas = operationSchemas(documentOf(deps))
  return OPERATIONS.flatMap((op) => {
    const told = op.mcp && schemas.get(op.mcp.name)
    return told ? [toolOf(op, told, { deps, approvals })] : []
  })
}

interface Parts {
  readonly deps: McpDeps
  readonly approvals: Approvals
}

const toolOf = (op: Operation, told: OperationSchemas, parts: Parts): Tool => {
  const { name, annotations } = op.mcp as NonNullable<Operation['mcp']>
  const output = pagedSchema(told.output)
  const reads = op.risk === 'read'
  const scopes = toolScopes(op)
  return {
    name,
    annotations,
    scopes,
    description: reads ? op.description : `${op.description} A person is asked to allow each call.`,
    input: toolInput(op, told.input, parts.deps.limits),
    output: toldOf(reads ? output : approvalSchema(output)),
    missing: (caller, { requestId }) => {
      if (mayCall(caller.permissions, op)) return undefined
      if (!reads) parts.deps.audit.add(refusedRecord(op, { caller, requestId, input: {} }, parts.deps))
      return scopes
    },
    run: async (args, call) => {
      const caller = named(call)
      return reads
        ? await read(op, { caller, args, call }, parts.deps)
        : await change(op, { caller, args, call }, parts)
    },
  }
}

interface Running {
  readonly caller: Caller
  readonly args: Arguments
  readonly call: ToolCall
}

/** The caller under the name of its agent. */
const named = (call: ToolCall): Caller => {
  const caller = call.caller as Caller
  return { ...caller, agent: agentName(call.context, caller) }
}

/** Routes keep no record of reading; what agents read is kept. */
const read = async (op: Operation, { caller, args, call }: Running, deps: McpDeps): Promise<ToolAnswer> => {
  const { requestId } = call
  try {
    const answer = await fitted(
      args,
      deps.limits,
      async (input) => (await perform(op, { caller, requestId, input }, deps)).output,
    )
    deps.audit.add(auditRecord(op, { caller, requestId, input: args }, deps))
    return answer
  } catch (error) {
    deps.audit.add(refusedRecord(op, { caller, requestId, input: args, error }, deps))
    throw error
  }
}

const change = async (
  op: Operation,
  { caller, args, call }: Running,
  { deps, approvals }: Parts,
): Promise<ToolAnswer | InputRequiredResult> => {
  const { approvalId, idempotencyKey, ...input } = args as ToolArguments
  const { requestId } = call
  const about = {
    op,
    args: { ...input, ...(idempotencyKey !== undefined && { idempotencyKey }) },
    caller,
    call,
    approvalId,
  }
  try {
    // No person is asked for what would be refused anyway.
    const now = Math.floor(deps.clock() / 1000)
    const { workspace, project } = await enter(op, op.at, { db: deps.db, caller, input, now })
    const workspaceId = project?.workspaceId ?? workspace?.id
    const unallowed = await approvals.require({ ...about, workspaceId })
    if (unallowed) {
      deps.audit.add({
        ...auditRecord(op, { caller, requestId, input }, deps),
        decision: 'refused',
        code: 'APPROVAL_REQUIRED',
      })
      return unallowed
    }
  } catch (error) {
    deps.audit.add(refusedRecord(op, { caller, requestId, input, error }, deps))
    throw error
  }
  return (await perform(op, { caller, requestId, input, idempotencyKey }, deps)).output as ToolAnswer
}

interface Refused extends AuditedCall {
  readonly error?: unknown
}

const refusedRecord = (op: Operation, refused: Refused, deps: McpDeps): AuditRecord => {
  const { error } = refused
  const code = error === undefined ? 'FORBIDDEN' : error instanceof AppError ? error.code : 'INTERNAL'
  return { ...auditRecord(op, refused, deps), decision: 'refused', code }
}
