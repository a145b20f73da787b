/** Owns the method by which a person says what of a thread they have read. */
import { z } from 'zod'
import { RpcError } from '../rpc/rpc-error.ts'
import { type MethodTable, method } from '../server/method.ts'
import { threadId } from './thread-fields.ts'
import { laneOf, type ThreadServices } from './thread-services.ts'

export const THREAD_READ_STATE_METHODS: MethodTable<ThreadServices> = {
  'thread/readState/update': method({
    params: z.looseObject({
      ...{ threadId, expectedRevision: z.string() },
      operation: z.looseObject({ type: z.enum(['read', 'unread']) }),
    }),
    experimental: true,
    lane: laneOf,
    run: async ({ threads }, params) => {
      const live = threads.find(params.threadId)
      const lasts = live ? live.log.begun && live.log.path !== undefined : await threads.index.find(params.threadId)
      if (!lasts) throw new RpcError('invalidRequest', 'thread read state unavailable')
      const { operation, expectedRevision } = params
      const readState = await threads.readStates.mark(params.threadId, operation.type, expectedRevision)
      threads.options.hub
        .find(params.threadId)
        ?.emit('thread/readState/changed', { threadId: params.threadId, readState })
      return { readState }
    },
  }),
}
