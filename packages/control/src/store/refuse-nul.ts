/** Owns that no text with a NUL comes into a query: PostgreSQL takes none, and what one database refuses the other does too. */
import { AppError } from '@towline/protocol'

/** Answers the parameters of a query. Throws REQUEST_INVALID. */
export const refuseNul = <Parameters extends readonly unknown[]>(parameters: Parameters): Parameters => {
  for (const one of parameters) {
    if (typeof one === 'string' && one.includes('\0')) {
      throw new AppError('REQUEST_INVALID', { problem: 'a text holds the character NUL' })
    }
  }
  return parameters
}
