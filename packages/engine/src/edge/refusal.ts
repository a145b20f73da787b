/** Owns refusing a request: the page, the line in the log with the same request id, and the audit of turned-away visitors. */
import { AppError, type ErrorCode, readFacts } from '@towline/protocol'
import type { EdgeContext } from './context.ts'
import { type PageFor, renderPage } from './page.ts'
import type { Visitor } from './visitor.ts'

/** The request that is refused. */
export interface Refused extends Omit<PageFor, 'retryAfter' | 'terminalUrl'> {
  readonly visitor: Visitor
  readonly host: string
  readonly projectId?: string | undefined
}

/** Decisions over who may visit; everything else is only logged. */
const AUDITED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'OUT_OF_BOUNDS',
  'IP_REFUSED',
  'ORIGIN_NOT_ALLOWED',
  'TOKEN_IN_QUERY',
  'PROOF_DUPLICATE',
])

/** Logs the refusal and answers the bytes of its page. Anything but an AppError is our bug and says only its id. */
export const refusal = (context: EdgeContext, thrown: unknown, refused: Refused): Uint8Array => {
  const { log, limits } = context.deps
  const { requestId, host, visitor } = refused
  const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', { id: requestId })
  const { code, row, message } = error
  const fields = {
    requestId,
    code,
    status: row.http,
    host,
    visitor: visitor.address,
    problem: message,
  }
  if (error !== thrown) log.error({ ...fields, err: thrown }, 'edge broke')
  else if (row.http >= 500) log.warn(fields, 'request failed')
  else log.info(fields, 'request refused')
  if (AUDITED.has(code)) audit(context, error, refused)
  const { projectId } = refused
  if (projectId !== undefined && context.reports.takes(projectId)) {
    context.reports.tell({ requestId, host, status: row.http, code, address: visitor.address, projectId })
  }
  return renderPage(error, {
    ...refused,
    retryAfter: limits.retryAfterSeconds,
    terminalUrl: row.http === 401 ? terminalAt(context, host) : undefined,
  })
}

/** Of a WebTTY server that browsers can use: not of one that asks for encryption. */
const terminalAt = ({ deps }: EdgeContext, host: string): string | undefined => {
  const tunnel = deps.router.http(host)?.tunnel
  if (tunnel?.kind !== 'http' || tunnel.surface !== 'webtty') return undefined
  return readFacts(tunnel.labels)?.e2e === false ? tunnel.url : undefined
}

const audit = (context: EdgeContext, { code }: AppError, { requestId, host, projectId }: Refused): void => {
  const at = Math.floor(context.deps.clock() / 1000)
  const project = projectId === undefined ? {} : { projectId }
  context.deps.authority.report({
    at,
    action: 'tunnel.visit',
    decision: 'refused',
    target: host,
    code,
    requestId,
    ...project,
  })
}
