/**
 * Owns asking a person before a tool changes something: through the client where it can ask (multi-round-trip elicitation of
 * 2026-07-28), else on a page of ours. Either way the word is for one exact call, once, and for minutes.
 */
import { createHash, randomBytes } from 'node:crypto'
import { newId } from '@towline/base'
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type RequestStateCodec,
} from '@modelcontextprotocol/server'
import { AppError, canonicalJson } from '@towline/protocol'
import type { Caller } from '../api/caller.ts'
import type { Operation } from '../api/operation.ts'
import { askApproval, findApproval, type NewApproval, useApproval, useOnce } from '../approval/approval-store.ts'
import { ensureKey } from '../key/key-store.ts'
import type { McpDeps } from './mcp-deps.ts'
import { shownBy } from './shown.ts'
import type { Arguments, ToolAnswer, ToolCall } from './tools/tool.ts'

export interface Asking {
  readonly op: Operation
  /** All arguments but the approval's own. */
  readonly args: Arguments
  readonly caller: Caller
  readonly workspaceId: string | undefined
  readonly approvalId: string | undefined
  readonly call: ToolCall
}

export interface Approvals {
  /** For the server's `requestState` option. */
  readonly verify: RequestStateCodec<State>['verify']
  /** Undefined once a person has allowed it; else what to answer. Throws APPROVAL_REFUSED, APPROVAL_INVALID or LIMIT_REACHED. */
  require(asking: Asking): Promise<ToolAnswer | InputRequiredResult | undefined>
}

/** What goes through the client and comes back; it is signed, and bound to the credential. */
interface State {
  readonly id: string
  readonly fingerprint: string
}

const CONFIRM = {
  type: 'object',
  properties: { confirm: { type: 'boolean', title: 'Allow it this once' } },
  required: ['confirm'],
} as const

export const openApprovals = async (deps: McpDeps): Promise<Approvals> => {
  const { db, limits, clock } = deps
  const seconds = (): number => Math.floor(clock() / 1000)
  const { payload: key } = await ensureKey(db, { kind: 'mcp.requestState', now: seconds() }, newKey)
  const codec = createRequestStateCodec<State>({
    key,
    ttlSeconds: limits.mcpApprovalSeconds,
    bind: ({ mcpReq, http }) => `${mcpReq.method} ${shownBy(http?.authInfo).caller?.credentialId ?? ''}`,
  })

  const byClient = async (asking: Asking, asked: NewApproval): Promise<InputRequiredResult | undefined> => {
    const { context } = asking.call
    const state = context.mcpReq.requestState<State>()
    const answer = inputResponse(context.mcpReq.inputResponses, 'confirm')
    if (!state || answer.kind !== 'elicit') {
      const confirm = inputRequired.elicit({
        message: messageOf(asking, limits.auditDetailsChars),
        requestedSchema: { ...CONFIRM, required: [...CONFIRM.required] },
      })
      const fresh = { id: newId('apr'), fingerprint: asked.fingerprint }
      return inputRequired({ inputRequests: { confirm }, requestState: await codec.mint(fresh, context) })
    }
    if (state.fingerprint !== asked.fingerprint) throw new AppError('APPROVAL_INVALID')
    if (answer.action !== 'accept' || answer.content?.['confirm'] !== true) throw new AppError('APPROVAL_REFUSED')
    if ((await useOnce(db, { ...asked, id: state.id }, { now: seconds(), limits })) || isRepeatable(asking))
      return undefined
    throw new AppError('APPROVAL_INVALID')
  }

  const byPage = async (asked: NewApproval): Promise<ToolAnswer> => {
    const { id, expiresAt } = await askApproval(db, asked, { now: seconds(), limits })
    return {
      approvalRequired: true,
      approvalId: id,
      approveUrl: `${deps.publicUrl}/approve/${id}`,
      expiresAt,
      next: 'Show approveUrl to the person. Once they allowed it, call again with the same arguments and approvalId.',
    }
  }

  const byId = async (id: string, asking: Asking, asked: NewApproval): Promise<ToolAnswer | undefined> => {
    const found = await findApproval(db, id, seconds())
    // A workstation chooses its fingerprints itself: what was asked there allows nothing here.
    const isOwn = found?.credentialId === asked.credentialId && found.op === asked.op
    if (!isOwn || found.fingerprint !== asked.fingerprint) throw new AppError('APPROVAL_INVALID')
    if (found.status === 'pending') return await byPage(asked)
    if (found.status === 'refused') throw new AppError('APPROVAL_REFUSED')
    if ((await useApproval(db, id, seconds())) || isRepeatable(asking)) return undefined
    throw new AppError('APPROVAL_INVALID')
  }

  return {
    verify: codec.verify,
    require: async (asking) => {
      const asked = askedOf(asking, limits.auditDetailsChars)
      if (asking.approvalId !== undefined) return await byId(asking.approvalId, asking, asked)
      return canAsk(asking.call) ? await byClient(asking, asked) : await byPage(asked)
    },
  }
}

/** The very same call with its key does the work once, however often it is sent: an agent that lost the answer gets it again. */
const isRepeatable = ({ args }: Asking): boolean => args['idempotencyKey'] !== undefined

const newKey = (): string => randomBytes(32).toString('base64url')

/** Over stateless HTTP, clients of older revisions have no way to be asked. An empty capability means forms. */
const canAsk = ({ context, era }: ToolCall): boolean => {
  if (era === 'legacy') return false
  const { [CLIENT_CAPABILITIES_META_KEY]: capabilities } = (context.mcpReq.envelope ?? {}) as Record<string, unknown>
  const { elicitation } = (capabilities ?? {}) as { readonly elicitation?: object }
  return elicitation !== undefined && ('form' in elicitation || Object.keys(elicitation).length === 0)
}

const askedOf = ({ op, args, caller, workspaceId }: Asking, chars: number): NewApproval => ({
  credentialId: caller.credentialId,
  userId: caller.userId ?? null,
  workspaceId: workspaceId ?? null,
  op: op.id,
  fingerprint: createHash('sha256')
    .update(canonicalJson({ op: op.id, args }))
    .digest('hex'),
  request: shownArguments(op, args, chars),
  agent: caller.agent ?? null,
})

const messageOf = ({ op, args, caller }: Asking, chars: number): string =>
  `Allow ${caller.agent ?? 'this agent'} to do this once: ${op.summary}?\n\n${op.description}\n\n${shownArguments(op, args, chars)}`

const shownArguments = ({ unaudited = [] }: Operation, args: Arguments, chars: number): string =>
  JSON.stringify(args, (name, value: unknown) => (unaudited.includes(name) ? '***' : value), 2).slice(0, chars)
