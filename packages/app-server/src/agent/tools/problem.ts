/** Owns saying to a model, and to people, what a machine could not do. */
import { AppError } from '@towline/protocol'

/** With the next step where there is one. */
export const problemOf = (error: unknown): string => {
  if (error instanceof AppError) return `${error.message} ${error.next}`
  return error instanceof Error ? error.message : String(error)
}

/** Codes of sandboxes that cannot be enforced; an exec-server says them in brackets. */
const UNENFORCED = /\b(?:SANDBOX_MISSING|SANDBOX_UNSUPPORTED)\b/

/** Undefined where it is another problem. */
export const sandboxProblem = (error: unknown): string | undefined =>
  UNENFORCED.test(codeText(error)) ? problemOf(error) : undefined

/** Whether the sandbox did its work: it kept something from being done. */
export const isSandboxRefusal = (error: unknown): boolean =>
  /\bSANDBOX_REFUSED\b|\(os error (?:13|30|1)\)/.test(codeText(error))

const codeText = (error: unknown): string =>
  error instanceof AppError ? error.code : error instanceof Error ? error.message : ''

/** Whether nothing is at the path that was asked for. */
export const isMissing = (error: unknown): boolean =>
  error instanceof AppError
    ? error.code === 'FILE_NOT_FOUND'
    : (error as { code?: unknown } | undefined)?.code === -32004
