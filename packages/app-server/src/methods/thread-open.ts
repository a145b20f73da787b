/** Owns the methods by which a client takes up a thread: start, resume, fork, take over, and let go. */
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { type Caller, type MethodTable, method } from '../server/method.ts'
import type { ThreadStart } from '../threads/thread-start.ts'
import { openedAnswer, tellWhereItStands } from './thread-answers.ts'
import { THREAD_SETTINGS, text, threadId } from './thread-fields.ts'
import { laneOf, type ThreadServices } from './thread-services.ts'

const functionTool = { name: z.string(), description: z.string().default(''), inputSchema: z.unknown() }
const dynamicTools = z
  .array(
    z.union([
      z.looseObject({
        ...{ type: z.literal('namespace'), name: z.string(), description: z.string().default('') },
        tools: z.array(z.looseObject(functionTool)),
      }),
      z.looseObject({ type: z.literal('function').optional(), ...functionTool }),
    ]),
  )
  .max(LIMITS.threadTools)
  .nullish()

const startParams = z.looseObject({
  ...THREAD_SETTINGS,
  ephemeral: z.boolean().nullish(),
  threadSource: text,
  dynamicTools,
})
const resumeParams = z.looseObject({ ...THREAD_SETTINGS, threadId, excludeTurns: z.boolean().nullish() })
const forkParams = z.looseObject({
  ...{ ...THREAD_SETTINGS, threadId, lastTurnId: text, beforeTurnId: text, threadSource: text },
  ...{ ephemeral: z.boolean().nullish(), excludeTurns: z.boolean().nullish() },
})

type StartParams = Pick<z.infer<typeof startParams>, keyof typeof THREAD_SETTINGS | 'ephemeral' | 'threadSource'>

const startOf = (params: StartParams, caller: Caller, tools: ThreadStart['dynamicTools'] = []): ThreadStart => ({
  ...{ change: params, ephemeral: params.ephemeral ?? false, threadSource: params.threadSource ?? null },
  ...{ dynamicTools: tools, overrides: params.config ?? undefined, originator: caller.clientName },
})

export const THREAD_OPEN_METHODS: MethodTable<ThreadServices> = {
  'thread/start': method({
    params: startParams,
    run: async ({ threads }, params, caller) => {
      const live = await threads.start(startOf(params, caller, params.dynamicTools ?? []))
      live.feed.subscribe(caller)
      caller.afterAnswer(() => {
        live.feed.emit('thread/started', { thread: live.view() })
        tellWhereItStands(live, caller)
      })
      return openedAnswer(live, [])
    },
  }),
  'thread/resume': method({
    params: resumeParams,
    lane: laneOf,
    run: async ({ threads }, params, caller) => {
      const { live, damage } = await threads.resume(params.threadId, params, params.config ?? undefined)
      const turns = params.excludeTurns ? [] : await live.turns()
      caller.afterAnswer(() => tellWhereItStands(live, caller, damage))
      const answer = openedAnswer(live, turns, damage)
      live.feed.subscribe(caller)
      return { ...answer, initialTurnsPage: null, turnsBackwardsCursor: null, itemsBackwardsCursor: null }
    },
  }),
  'thread/fork': method({
    params: forkParams,
    lane: laneOf,
    run: async ({ threads }, params, caller) => {
      const live = await threads.fork(params.threadId, startOf(params, caller), params)
      const turns = params.excludeTurns ? [] : await live.turns()
      live.feed.subscribe(caller)
      caller.afterAnswer(() => {
        live.feed.emit('thread/started', { thread: live.view() })
        tellWhereItStands(live, caller)
      })
      return openedAnswer(live, turns)
    },
  }),
  'towline/thread/takeover': method({
    params: z.looseObject({ threadId, force: z.boolean().nullish() }),
    lane: laneOf,
    run: async ({ threads }, params, caller) => {
      const { live, damage } = await threads.takeOver(params.threadId, { force: params.force ?? false })
      live.feed.subscribe(caller)
      caller.afterAnswer(() => tellWhereItStands(live, caller, damage))
      return openedAnswer(live, await live.turns(), damage)
    },
  }),
  'thread/unsubscribe': method({
    params: z.looseObject({ threadId }),
    lane: laneOf,
    run: ({ threads }, params, caller) => {
      const live = threads.find(params.threadId)
      if (!live) return { status: 'notLoaded' }
      return { status: live.feed.unsubscribe(caller.id) ? 'unsubscribed' : 'notSubscribed' }
    },
  }),
}
