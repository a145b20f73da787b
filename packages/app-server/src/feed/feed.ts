/** Owns the seam between what happens in a thread and who watches it: notifications in order, questions whose first answer counts. */
import type { ServerRequest, ServerRequests, ThreadNotification, ThreadNotifications } from '@towline/protocol'

/** Where a thread tells and asks. It outlives connections; what it asks outlives the process. */
export interface Feed {
  emit<Name extends ThreadNotification>(method: Name, params: ThreadNotifications[Name]): void
  /**
   * Asks all who watch, and who comes later; the first answer counts. With nobody there it waits. Rejects when `signal` aborts,
   * with its reason; whoever was asked is told by `serverRequest/resolved` either way.
   */
  ask<Name extends ServerRequest>(
    method: Name,
    params: ServerRequests[Name]['params'],
    signal: AbortSignal,
  ): Promise<ServerRequests[Name]['result']>
}
