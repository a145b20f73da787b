/** Owns telling a client how far a call is, when it asked to be told. */
import type { ServerContext } from '@modelcontextprotocol/server'

/** What cannot be delivered is nobody's loss. */
export const progressOf = ({ mcpReq }: ServerContext) => {
  const progressToken = mcpReq._meta?.progressToken
  return (done: number, total: number | undefined, message?: string): void => {
    if (progressToken === undefined) return
    const params = {
      progressToken,
      progress: done,
      ...(total !== undefined && { total }),
      ...(message !== undefined && { message }),
    }
    void mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }
}
