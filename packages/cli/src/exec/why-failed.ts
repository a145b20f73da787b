/** Owns telling a person why a turn failed: which row it is, and so what to do next. */
import { AppError, type ErrorCode, ERRORS, type TurnError } from '@towline/protocol'

type Row = 'TURN_FAILED' | 'MODEL_REFUSED' | 'MODEL_UNREACHABLE'

/** By the sort that an app-server tells, as Codex does. */
const BY_SORT: Readonly<Record<string, Row>> = {
  unauthorized: 'MODEL_REFUSED',
  httpConnectionFailed: 'MODEL_UNREACHABLE',
  responseTooManyFailedAttempts: 'MODEL_UNREACHABLE',
  serverOverloaded: 'MODEL_UNREACHABLE',
}

/** A word that is the same in every version. */
export const sortOf = (info: unknown): string =>
  typeof info === 'string' ? info : (Object.keys((info ?? {}) as object)[0] ?? 'other')

/** A row of ours is named beside the words, which end with what to do next. */
const rowOf = (problem: string, code: string | null): AppError | undefined => {
  if (code === null || !Object.hasOwn(ERRORS, code)) return undefined
  const { next } = ERRORS[code as ErrorCode]
  const message = problem.endsWith(next) ? problem.slice(0, -next.length).trim() : problem
  return AppError.from({ code, message })
}

export const whyFailed = ({ message: problem, codexErrorInfo: info, additionalDetails }: TurnError): AppError => {
  const ours = rowOf(problem, additionalDetails ?? null)
  if (ours) return ours
  const sort = sortOf(info)
  const code: Row = (Object.hasOwn(BY_SORT, sort) ? BY_SORT[sort] : undefined) ?? 'TURN_FAILED'
  return new AppError(code, { problem })
}
