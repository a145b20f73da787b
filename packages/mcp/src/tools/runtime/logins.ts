/** Owns the logins of this process that people have still to approve. */
import { newId } from '@towline/base'
import type { PendingLogin } from '@towline/operations'
import { AppError, LIMITS } from '@towline/protocol'

export interface Logins {
  /** Answers its id. The one that was started first is forgotten when there are too many. */
  add(login: PendingLogin): string
  /** Throws LOGIN_UNKNOWN. */
  find(id: string): PendingLogin
}

export const createLogins = (): Logins => {
  const logins = new Map<string, PendingLogin>()
  return {
    add: (login) => {
      const id = newId('lgn')
      logins.set(id, login)
      for (const [oldest] of logins) if (logins.size > LIMITS.mcpLogins) logins.delete(oldest)
      return id
    },
    find: (id) => {
      const found = logins.get(id)
      if (found) return found
      throw new AppError('LOGIN_UNKNOWN', { id })
    },
  }
}
