/** Owns the methods about commands that the agent of a thread left running. */
import { z } from 'zod'
import type { Agent } from '../agent/open-agent.ts'
import { method, type MethodTable } from '../server/method.ts'
import type { Threads } from '../threads/threads.ts'
import { PAGE, type PageParams, pageOf } from './page.ts'

export interface TerminalServices {
  readonly threads: Threads
  readonly agent: Pick<Agent, 'terminals' | 'endTerminal' | 'endTerminals'>
}

interface OfThread {
  readonly threadId: string
}

const THREAD_ID = z.string()

export const TERMINAL_METHODS: MethodTable<TerminalServices> = {
  'thread/backgroundTerminals/list': method<TerminalServices, OfThread & PageParams>({
    params: z.looseObject({ threadId: THREAD_ID, ...PAGE }),
    run: ({ threads, agent }, params) => {
      const { id } = threads.get(params.threadId)
      return pageOf(agent.terminals(id).map(shown), params)
    },
  }),
  'thread/backgroundTerminals/terminate': method<TerminalServices, OfThread & { readonly processId: string }>({
    params: z.looseObject({ threadId: THREAD_ID, processId: z.string() }),
    run: async ({ threads, agent }, { threadId, processId }) => ({
      terminated: await agent.endTerminal(threads.get(threadId).id, processId),
    }),
  }),
  'thread/backgroundTerminals/clean': method<TerminalServices, OfThread>({
    params: z.looseObject({ threadId: THREAD_ID }),
    run: async ({ threads, agent }, { threadId }) => {
      await agent.endTerminals(threads.get(threadId).id)
      return {}
    },
  }),
}

const shown = ({ processId, itemId, command, cwd }: ReturnType<Agent['terminals']>[number]) => ({
  ...{ processId, itemId, command, cwd, osPid: null, cpuPercent: null, rssKb: null },
})
