/** Owns what went wrong between the agent and a model: which sort it is for clients, and whether asking again may help. */
import type { CodexErrorInfo, TurnError } from '@towline/protocol'

export interface Failing {
  readonly message: string
  readonly info: CodexErrorInfo
  /** Asking again may help. */
  readonly retryable: boolean
  /** Before the answer began, or in it: each is tried again so and so often. */
  readonly during: 'request' | 'stream'
  /** What the endpoint asked for. */
  readonly retryAfterMs?: number | undefined
  readonly details?: string | null
}

export class ModelFailure extends Error {
  readonly info: CodexErrorInfo
  readonly retryable: boolean
  readonly during: 'request' | 'stream'
  readonly retryAfterMs: number | undefined
  readonly details: string | null

  constructor({ message, info, retryable, during, retryAfterMs, details = null }: Failing) {
    super(message)
    this.info = info
    this.retryable = retryable
    this.during = during
    this.retryAfterMs = retryAfterMs
    this.details = details
  }

  get turnError(): TurnError {
    return { message: this.message, codexErrorInfo: this.info, additionalDetails: this.details }
  }
}

type Row = readonly [info: CodexErrorInfo, retryable: boolean]

/** By the `code` or `type` of an error of the Responses API. */
const BY_CODE: Readonly<Record<string, Row>> = {
  context_length_exceeded: ['contextWindowExceeded', false],
  insufficient_quota: ['usageLimitExceeded', false],
  usage_limit_reached: ['usageLimitExceeded', false],
  usage_not_included: ['usageLimitExceeded', false],
  rate_limit_exceeded: ['rateLimitExceeded', true],
  server_is_overloaded: ['serverOverloaded', true],
  slow_down: ['serverOverloaded', true],
  overloaded_error: ['serverOverloaded', true],
  server_error: ['internalServerError', true],
  model_not_found: ['modelNotFound', false],
  invalid_api_key: ['unauthorized', false],
  invalid_prompt: ['badRequest', false],
  invalid_request_error: ['badRequest', false],
}

const BY_STATUS: Readonly<Record<number, Row>> = {
  400: ['badRequest', false],
  401: ['unauthorized', false],
  403: ['unauthorized', false],
  408: [{ httpConnectionFailed: { httpStatusCode: 408 } }, true],
  409: [{ httpConnectionFailed: { httpStatusCode: 409 } }, true],
  413: ['badRequest', false],
  422: ['badRequest', false],
  429: ['rateLimitExceeded', true],
  503: ['serverOverloaded', true],
}

/** What an endpoint says of a failure: an `error` of the API. */
export interface ToldError {
  readonly code?: unknown
  readonly type?: unknown
  readonly message?: unknown
}

const codeRow = ({ code, type }: ToldError): Row | undefined => {
  for (const name of [code, type]) if (typeof name === 'string' && Object.hasOwn(BY_CODE, name)) return BY_CODE[name]
  return undefined
}

/** What else such an answer says. */
export interface HttpMore {
  readonly retryAfterMs?: number | undefined
  /** Its beginning, where it is no `error` of the API. */
  readonly body?: string | undefined
}

/** An HTTP answer that is none of success. */
export const httpFailure = (status: number, told: ToldError, more: HttpMore = {}): ModelFailure => {
  const [info, retryable] = codeRow(told) ??
    BY_STATUS[status] ?? [{ httpConnectionFailed: { httpStatusCode: status } } as const, status >= 500]
  return new ModelFailure({
    ...{ info, retryable, retryAfterMs: more.retryAfterMs, during: 'request', details: more.body ?? null },
    message: `The model endpoint answered with HTTP ${status}: ${said(told, 'it says nothing more.')}`,
  })
}

/** An error inside of an answer: `response.failed`, or an event `error`. */
export const answerFailure = (told: ToldError): ModelFailure => {
  const [info, retryable] = codeRow(told) ?? (['other', true] as const)
  return new ModelFailure({
    ...{ info, retryable, during: 'stream', retryAfterMs: tryAgainIn(told) },
    message: said(told, 'The model endpoint said that it failed, and not why.'),
  })
}

/** An answer that makes no sense; the endpoint is perhaps none. */
export const nonsense = (problem: string): ModelFailure =>
  new ModelFailure({
    message: `The model endpoint does not speak the Responses API: ${problem} Check base_url of its provider.`,
    ...{ info: 'other', retryable: false, during: 'stream' },
  })

/** No connection, or one that was lost before an answer. */
export const unreachable = (problem: string): ModelFailure =>
  new ModelFailure({
    message: `The model endpoint cannot be reached: ${problem}`,
    ...{ info: { httpConnectionFailed: { httpStatusCode: null } }, retryable: true, during: 'request' },
  })

/** An answer that broke off. */
export const disconnected = (problem: string): ModelFailure =>
  new ModelFailure({
    message: `stream disconnected before completion: ${problem}`,
    ...{ info: { responseStreamDisconnected: { httpStatusCode: null } }, retryable: true, during: 'stream' },
  })

/** All tries are used up. */
export const gaveUp = (last: ModelFailure, tries: number): ModelFailure =>
  new ModelFailure({
    ...{ info: finalInfo(last), retryable: false, during: last.during, details: last.details },
    message: tries > 1 ? `${last.message} (tried ${tries} times)` : last.message,
  })

const finalInfo = ({ info, during }: ModelFailure): CodexErrorInfo => {
  if (during === 'stream' || typeof info === 'string') return info
  const status = 'httpConnectionFailed' in info ? info.httpConnectionFailed.httpStatusCode : null
  return status === null ? info : { responseTooManyFailedAttempts: { httpStatusCode: status } }
}

const MOST_SAID = 2000

const said = ({ message }: ToldError, otherwise: string): string =>
  typeof message === 'string' && message.trim() !== '' ? message.trim().slice(0, MOST_SAID) : otherwise

/** "Please try again in 1.3s", as the API says it. */
const tryAgainIn = ({ message }: ToldError): number | undefined => {
  const found = typeof message === 'string' ? /try again in (\d+(?:\.\d+)?)\s*(ms|s)\b/i.exec(message) : null
  return found ? Number(found[1]) * (found[2] === 'ms' ? 1 : 1000) : undefined
}
