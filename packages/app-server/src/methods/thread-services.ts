/** Owns what methods of threads and turns work with. */
import type { Threads } from '../threads/threads.ts'

export interface ThreadServices {
  readonly threads: Threads
}

/** Requests on one thread run in the order they came. */
export const laneOf = <Params extends { readonly threadId: string }>({ threadId }: Params): string =>
  `thread ${threadId}`
