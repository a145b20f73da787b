/** Owns our own method by which a client that was away is told what it missed of a thread (docs/protocol/app-server.md). */
import type { ReplayParams } from '@towline/protocol'
import { z } from 'zod'
import type { FeedHub } from '../feed/feed-hub.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { method, type MethodTable } from '../server/method.ts'

export interface ReplayServices {
  readonly feeds: FeedHub
}

export const REPLAY: MethodTable<ReplayServices> = {
  'towline/thread/replay': method<ReplayServices, ReplayParams>({
    params: z.looseObject({ threadId: z.string().max(64), afterSeq: z.int().nonnegative() }),
    lane: ({ threadId }) => `thread ${threadId}`,
    run: ({ feeds }, { threadId, afterSeq }, caller) => {
      const feed = feeds.find(threadId)
      if (!feed) throw new RpcError('invalidRequest', `thread not found: ${threadId}`)
      const missed = afterSeq === 0 ? feed.kept : feed.after(afterSeq)
      if (missed) {
        caller.replay(missed)
        // What comes from now on is told after the answer.
        feed.subscribe(caller)
      }
      return { seq: feed.lastSeq, complete: missed !== undefined }
    },
  }),
}
