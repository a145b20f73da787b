/** Owns how a store that cannot be opened is told. */
import { AppError } from '@towline/protocol'

/** `where` names the data: a folder, or the address of a database without its secrets. */
export const asDataError = (error: unknown, where: string): AppError => {
  if (error instanceof AppError) return error
  const problem = error instanceof Error ? error.message : String(error)
  return new AppError('DATA_BROKEN', { dir: where, problem }, { cause: error })
}
