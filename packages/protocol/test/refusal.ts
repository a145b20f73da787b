/** Owns catching the refusal that a test expects. */
import { AppError } from '../src/errors.ts'

/** The AppError that `run` throws; anything else, also nothing, fails the test. */
export const refusal = (run: () => unknown): AppError => {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
