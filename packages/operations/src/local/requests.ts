/** Owns reading what a client asks the supervisor: strictly, with the path of what is wrong. */
import { AppError, LIMITS, SURFACES } from '@towline/protocol'
import { z } from 'zod'
import type { ApprovalQuestion } from './approvals.ts'
import { type ExposeRequest, LOCAL_PROTOCOLS } from './local-tunnel.ts'
import type { LocalOp, OpInput } from './wire.ts'

const PORT = z.int().min(1).max(65_535)
const TEXT = z.string().max(4_096)
const ID = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'use 1 to 64 letters, digits and ". _ -"')

const EXPOSE = z.strictObject({
  id: ID.optional(),
  port: PORT,
  host: z.string().min(1).max(253).optional(),
  protocol: z.enum(LOCAL_PROTOCOLS).optional(),
  name: TEXT.optional(),
  publish: z.boolean().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  tokenAuth: z.boolean().optional(),
  trustedIps: z.array(TEXT).max(LIMITS.trustedIps).optional(),
  hostHeader: TEXT.optional(),
  tlsMode: z.enum(['terminated', 'passthrough']).optional(),
  publicPort: PORT.optional(),
  surface: z.enum(SURFACES).optional(),
  ttlSeconds: z.int().min(1).optional(),
  context: TEXT.optional(),
  project: TEXT.optional(),
}) satisfies z.ZodType<ExposeRequest>

const QUESTION = z.strictObject({
  tool: z.string().min(1).max(128),
  fingerprint: z.string().min(1).max(256),
  summary: TEXT,
  request: z.string().max(32 * 1024),
  agent: z.string().max(256),
  thread: z.string().max(256).optional(),
  target: TEXT.optional(),
  secondsToLive: z.int().min(1),
}) satisfies z.ZodType<ApprovalQuestion>

const NOTHING = z.strictObject({})

const INPUTS: { readonly [Op in LocalOp]: z.ZodType<OpInput<Op>> } = {
  retire: z.strictObject({ force: z.boolean() }),
  expose: z.strictObject({ request: EXPOSE, env: z.record(z.string(), z.string()) }),
  list: NOTHING,
  stop: z.strictObject({ id: TEXT }),
  stopAll: NOTHING,
  approvalAsk: QUESTION,
  approvalList: NOTHING,
  approvalDecide: z.strictObject({ id: TEXT, decision: z.enum(['approved', 'refused']), by: z.string().max(256) }),
  approvalUse: z.strictObject({ id: TEXT, fingerprint: TEXT }),
}

/** One thing that is asked. */
export type Asked = { readonly [Op in LocalOp]: { readonly op: Op; readonly input: OpInput<Op> } }[LocalOp]

/** Throws REQUEST_INVALID. */
export const readAsked = (value: unknown): Asked => {
  const { op, input } = (value ?? {}) as Record<string, unknown>
  if (typeof op !== 'string' || !Object.hasOwn(INPUTS, op)) throw invalid('op', 'it is not known here')
  const read = INPUTS[op as LocalOp].safeParse(input ?? {})
  if (read.success) return { op, input: read.data } as Asked
  const [issue] = read.error.issues
  throw invalid(issue?.path.join('.') || op, issue?.message ?? 'it is malformed')
}

const invalid = (at: string, problem: string): AppError =>
  new AppError('REQUEST_INVALID', { problem: `${at}: ${problem}` })
