/** Owns telling in our words what an OAuth server answers (RFC 6749 §5.2, RFC 8628 §3.5) and what openid-client makes of it. */
import { AppError, printable } from '@towline/protocol'

/** By the error code of the answer. */
const TOLD: Readonly<Record<string, (url: string, description: string, retry: number) => AppError>> = {
  access_denied: () => new AppError('LOGIN_REFUSED'),
  expired_token: () => new AppError('LOGIN_EXPIRED'),
  // openid-client reports what the server says of a code or token it does not know, or does not know any more.
  invalid_grant: () => new AppError('UNAUTHENTICATED'),
  invalid_scope: (_url, problem) => new AppError('OPTION_INVALID', { option: '--permissions', value: '…', problem }),
  temporarily_unavailable: (url, problem, seconds) =>
    seconds > 0 ? new AppError('RATE_LIMITED', { seconds }) : new AppError('SERVER_UNREACHABLE', { url, problem }),
  server_error: (url, problem) => new AppError('SERVER_UNREACHABLE', { url, problem }),
}

interface Answer {
  readonly error?: unknown
  readonly error_description?: unknown
  readonly response?: Response
  readonly code?: unknown
}

/** An AppError on the way is what it was. */
export const oauthError = (url: string, error: unknown): unknown => {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++) {
    if (cause instanceof AppError) return cause
    const { error: code, error_description: description, response } = cause as Answer
    if (typeof code !== 'string') continue
    const words = printable(typeof description === 'string' ? description : code)
    const retry = Number(response?.headers.get('retry-after') ?? 0) || 0
    const told = TOLD[code]?.(url, words, retry)
    return (
      told ??
      new AppError(
        'NOT_TOWLINE',
        { url, problem: `its OAuth server answers ${printable(code)}: ${words}` },
        { cause: error },
      )
    )
  }
  if (!(error instanceof Error) || !isOfLibrary(error)) return error
  return new AppError(
    'NOT_TOWLINE',
    { url, problem: `its OAuth server: ${printable(error.message)}` },
    { cause: error },
  )
}

/** What openid-client finds wrong with an answer has a code of its own. */
const isOfLibrary = (error: Error): boolean => String((error as Answer).code).startsWith('OAUTH_')
