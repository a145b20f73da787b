/** Owns the methods that read a thread: whole, or its turns and items by pages. */
import type { ThreadItem, Turn } from '@towline/protocol'
import { z } from 'zod'
import { type MethodTable, method } from '../server/method.ts'
import { pageOf } from './thread-page.ts'
import { cursor, limit, pageSize, sortDirection, text, threadId } from './thread-fields.ts'
import type { ThreadServices } from './thread-services.ts'

const USUAL_TURNS = 25
const USUAL_ITEMS = 100

const anchor = z.union([z.string(), z.looseObject({ itemId: z.string() })]).nullish()

export const THREAD_READ_METHODS: MethodTable<ThreadServices> = {
  'thread/read': method({
    params: z.looseObject({ threadId, includeTurns: z.boolean().nullish() }),
    run: async ({ threads }, params) => {
      const { thread, damage } = await threads.read(params.threadId, { turns: params.includeTurns ?? false })
      const lasts = !thread.ephemeral && thread.preview !== ''
      const readState = lasts ? await threads.readStates.of(params.threadId) : null
      return { thread, readState, towline: { damage: damage ?? null } }
    },
  }),
  'thread/turns/list': method({
    params: z.looseObject({
      ...{ threadId, cursor, limit, sortDirection },
      itemsView: z.enum(['notLoaded', 'summary', 'full']).nullish(),
    }),
    run: async ({ threads }, params) => {
      const turns = await threads.turns(params.threadId, 'thread/turns/list')
      const descending = params.sortDirection !== 'asc'
      const size = pageSize(params.limit, USUAL_TURNS)
      const page = pageOf(turns, { cursor: params.cursor, size, descending, keyOf: ({ id }) => id })
      return { ...page, data: page.data.map((turn) => seen(turn, params.itemsView ?? 'summary')) }
    },
  }),
  'thread/items/list': method({
    params: z.looseObject({ threadId, turnId: text, cursor: anchor, limit, sortDirection }),
    run: async ({ threads }, params) => {
      const turns = await threads.turns(params.threadId, 'thread/items/list')
      const entries = turns
        .filter(({ id }) => !params.turnId || id === params.turnId)
        .flatMap(({ id, items }) => items.map((item) => entryOf(id, item)))
      const from =
        typeof params.cursor === 'object' && params.cursor
          ? JSON.stringify({ after: params.cursor.itemId })
          : params.cursor
      const size = pageSize(params.limit, USUAL_ITEMS)
      const descending = params.sortDirection === 'desc'
      const inTurn = !!params.turnId
      const keyOf = ({ turnId, item }: (typeof entries)[number]) => (inTurn ? item.id : `${turnId} ${item.id}`)
      return pageOf(entries, { cursor: from, size, descending, keyOf })
    },
  }),
  'thread/items/read': method({
    params: z.looseObject({ threadId, turnId: z.string(), itemIds: z.array(z.string()) }),
    experimental: true,
    run: async ({ threads }, params) => {
      const turns = await threads.turns(params.threadId, 'thread/items/read')
      const items = turns.find(({ id }) => id === params.turnId)?.items ?? []
      return { data: items.filter(({ id }) => params.itemIds.includes(id)).map((item) => entryOf(params.turnId, item)) }
    },
  }),
}

const entryOf = (turnId: string, item: ThreadItem) => ({
  ...{ turnId, item, startedAtMs: item.startedAtMs ?? null, completedAtMs: item.completedAtMs ?? null },
})

/** A summary is what people said to each other. */
const seen = (turn: Turn, itemsView: Turn['itemsView']): Turn => {
  if (itemsView === 'full') return turn
  if (itemsView === 'notLoaded') return { ...turn, items: [], itemsView }
  const first = turn.items.find(({ type }) => type === 'userMessage')
  const last = turn.items.findLast(({ type }) => type === 'agentMessage')
  return { ...turn, items: [first, last].filter((item) => item !== undefined), itemsView }
}
