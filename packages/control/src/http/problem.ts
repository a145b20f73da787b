/** Owns problem details (RFC 9457) with our stable code, the next step and what fills the sentence of the row. */
import type { AppError, ErrorDetails } from '@towline/protocol'

/** What a body of `application/problem+json` holds at least. */
export interface Problem {
  /** `/docs/reference/errors#CODE` */
  readonly type: string
  /** The same for every problem of the type. */
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly next: string
  readonly retryable: boolean
  readonly details?: ErrorDetails
}

export const problemOf = (error: AppError): Problem => {
  const { code, message, next, retryable, details } = error.toJSON()
  return {
    type: `/docs/reference/errors#${code}`,
    title: titleOf(code),
    status: error.row.http,
    detail: message,
    code,
    next,
    retryable,
    ...(details && { details }),
  }
}

/** Such as "Name taken". */
const titleOf = (code: string): string => `${code.slice(0, 1)}${code.slice(1).toLowerCase().replaceAll('_', ' ')}`
