/** Owns what exactly is decided about: one call with its arguments, by one client, for one server and project. */
import { createHash } from 'node:crypto'
import { type Connection, masked } from '@towline/operations'
import { AppError, canonicalJson } from '@towline/protocol'
import type { Asked } from './guard.ts'
import { visible } from './visible.ts'

export interface Subject {
  readonly asked: Asked
  /** Of the server and project that the call would use; absent where there is none. */
  readonly connection: Connection | undefined
  readonly fingerprint: string
  readonly argumentsHash: string
}

/** What a person allowed in one place is not allowed in another, nor to another client or conversation. */
export const subjectOf = async (asked: Asked): Promise<Subject> => {
  const { tool, args, bind, call, context } = asked
  const selector = { context: textOf(args['context']), project: textOf(args['project']) }
  const connection = await call.connection(selector).catch(unreachable)
  const who = {
    agent: call.origin.agent,
    thread: call.origin.thread,
    client: context.http?.authInfo?.clientId,
    server: connection?.url,
    project: connection?.project,
  }
  return {
    asked,
    connection,
    fingerprint: sha256(canonicalJson({ tool: tool.name, args, bind, who })),
    argumentsHash: sha256(canonicalJson(args)),
  }
}

/** The arguments as a person reads them: of long texts the ends. Throws APPROVAL_TOO_LONG. */
export const shownArguments = ({ tool, args, call }: Asked): string => {
  const shown = visible(JSON.stringify(masked(args, { texts: tool.texts }), undefined, 2))
  const { questionChars: limit } = call.deps.limits
  if (shown.length <= limit) return shown
  throw new AppError('APPROVAL_TOO_LONG', { chars: shown.length, limit })
}

/** Whether a person sees less than all of it, as it looks like a credential. */
export const hidesSome = ({ args }: Asked): boolean => JSON.stringify(masked(args)) !== JSON.stringify(args)

/** Tools of this workstation alone need no server; the others say themselves that there is none. */
const unreachable = (error: unknown): undefined => {
  if (!(error instanceof AppError)) throw error
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
