/** Owns our own method by which a client that was away hears what it missed of a thread (docs/protocol/app-server.md). */
import { AppError } from '@towline/protocol'
import { z } from 'zod'
import { RpcError } from '../rpc/rpc-error.ts'
import { method, type MethodTable } from '../server/method.ts'
import type { BasicServices } from './services.ts'

interface ReplayParams {
  readonly threadId: string
  readonly afterSeq: number
}

export const REPLAY: MethodTable<BasicServices> = {
  /** `data`: the notifications as they were told, in order; `lastSeq`: what follows it is told by itself to who has resumed the thread. */
  'towline/thread/replay': method<BasicServices, ReplayParams>({
    params: z.looseObject({ threadId: z.string().max(64), afterSeq: z.int().nonnegative() }),
    run: ({ feeds }, { threadId, afterSeq }) => {
      const feed = feeds.find(threadId)
      if (!feed) throw new RpcError('invalidRequest', `thread not found: ${threadId}`)
      const events = feed.after(afterSeq)
      if (!events) throw new AppError('REPLAY_TOO_OLD', { id: threadId, seq: String(afterSeq) })
      return { data: events.map(({ text }) => JSON.parse(text) as unknown), lastSeq: feed.lastSeq }
    },
  }),
}
