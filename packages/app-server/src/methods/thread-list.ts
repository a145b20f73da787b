/** Owns the methods that list and find threads. */
import { LIMITS, type Thread, type ThreadReadState } from '@towline/protocol'
import { z } from 'zod'
import { RpcError } from '../rpc/rpc-error.ts'
import { type MethodTable, method } from '../server/method.ts'
import type { ThreadRow } from '../threads/index/thread-row.ts'
import { threadOfRow } from '../threads/thread-view.ts'
import type { Threads } from '../threads/threads.ts'
import { pageOf } from './thread-page.ts'
import { cursor, limit, pageSize, sortDirection, text } from './thread-fields.ts'
import type { ThreadServices } from './thread-services.ts'

const USUAL = 25
/** Those that people begin. */
const INTERACTIVE = ['cli', 'vscode']
const SUB_AGENTS = ['subAgentReview', 'subAgentCompact', 'subAgentThreadSpawn', 'subAgentOther']

const names = z.array(z.string()).nullish()
const FILTERS = {
  ...{ cursor, limit, sortDirection, sourceKinds: names, archived: z.boolean().nullish() },
  sortKey: z.enum(['created_at', 'updated_at', 'recency_at', 'section_position']).nullish(),
}
const listParams = z.looseObject({
  ...FILTERS,
  ...{ modelProviders: names, excludedThreadIds: names, searchTerm: text, sectionId: text, projectId: text },
  ...{ parentThreadId: text, ancestorThreadId: text, attachedToThreadId: text },
  cwd: z.union([z.string(), z.array(z.string())]).nullish(),
  useStateDbOnly: z.boolean().nullish(),
})
const searchParams = z.looseObject({ ...FILTERS, searchTerm: z.string() })

type Filters = z.infer<typeof listParams>

export const THREAD_LIST_METHODS: MethodTable<ThreadServices> = {
  'thread/list': method({
    params: listParams,
    run: async ({ threads }, params) => await listed(threads, params),
  }),
  'thread/search': method({
    params: searchParams,
    experimental: true,
    run: async ({ threads }, params) => {
      const { data, nextCursor, backwardsCursor } = await listed(threads, params)
      return {
        data: data.map((thread) => ({ thread, snippet: snippet(thread, params.searchTerm) })),
        nextCursor,
        backwardsCursor,
      }
    },
  }),
  'thread/loaded/list': method({
    params: z.looseObject({ cursor, limit }),
    run: ({ threads }, params) => {
      const size = pageSize(params.limit, LIMITS.threadPage)
      const { data, nextCursor } = pageOf(threads.loaded, {
        cursor: params.cursor,
        size,
        descending: false,
        keyOf: (id) => id,
      })
      return { data, nextCursor }
    },
  }),
}

const listed = async (threads: Threads, params: Filters) => {
  // There are no sections, projects or agents of agents here.
  const { sectionId, projectId, parentThreadId, ancestorThreadId, attachedToThreadId } = params
  if (sectionId ?? projectId ?? parentThreadId ?? ancestorThreadId ?? attachedToThreadId)
    return { data: [] as Thread[], readStates: {}, nextCursor: null, backwardsCursor: null }
  const size = pageSize(params.limit, USUAL)
  const sortKey = (params.sortKey ?? 'created_at') === 'created_at' ? 'createdAt' : 'updatedAt'
  const rows = await threads.index.list(
    {
      ...{ archived: params.archived ?? false, sortKey, descending: params.sortDirection !== 'asc', limit: size + 1 },
      ...{ after: cursorOf(params.cursor), modelProviders: params.modelProviders ?? [] },
      ...{ sourceKinds: kindsOf(params.sourceKinds), cwds: [params.cwd ?? []].flat() },
      ...{ excluded: params.excludedThreadIds ?? [], term: params.searchTerm || undefined },
    },
    { asIs: params.useStateDbOnly ?? false },
  )
  const shown = rows.slice(0, size)
  const textOf = (row: ThreadRow): string => `${row[sortKey]}|${row.id}`
  const [first, last] = [shown[0], shown.at(-1)]
  const readStates: Record<string, ThreadReadState> = {}
  for (const { id } of shown) readStates[id] = await threads.readStates.of(id)
  return {
    readStates,
    data: shown.map((row) => threads.find(row.id)?.view() ?? threadOfRow(row)),
    nextCursor: last && rows.length > size ? textOf(last) : null,
    backwardsCursor: first ? textOf(first) : null,
  }
}

const kindsOf = (asked: readonly string[] | null | undefined): readonly string[] => {
  if (!asked || asked.length === 0) return INTERACTIVE
  return asked.flatMap((kind) => (kind === 'subAgent' ? SUB_AGENTS : [kind]))
}

const cursorOf = (cursor: string | null | undefined) => {
  if (cursor === null || cursor === undefined) return undefined
  const [, value, id] = /^(\d+)\|([0-9a-f-]{36})$/.exec(cursor) ?? []
  if (id === undefined) throw new RpcError('invalidRequest', `invalid cursor: ${cursor}`)
  return { value: Number(value), id }
}

const AROUND = 60

/** The place of the first hit. */
const snippet = ({ name, preview }: Thread, term: string): string => {
  const text = [name ?? '', preview].find((one) => one.toLowerCase().includes(term.toLowerCase())) ?? preview
  const at = Math.max(0, text.toLowerCase().indexOf(term.toLowerCase()))
  return text.slice(Math.max(0, at - AROUND), at + term.length + AROUND)
}
