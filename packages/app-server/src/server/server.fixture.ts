/** Owns an app-server in tests: over wires in memory, with methods that a test hands in. */
import { silentLog } from '@towline/base'
import { type OpenFeedHub, openFeedHub } from '../feed/open-feed-hub.ts'
import type { QuestionStore, StoredQuestion } from '../feed/question-store.ts'
import { ask, MemoryWire } from '../exec-server/peer.fixture.ts'
import { type AppServer, type AppServerOptions, openAppServer } from './app-server.ts'
import type { MethodTable } from './method.ts'

export const memoryStore = (): QuestionStore => {
  const kept = new Map<string, StoredQuestion>()
  return {
    load: (threadId) => [...kept.values()].filter((one) => one.threadId === threadId),
    put: (question) => void kept.set(question.id, question),
    remove: (_threadId, id) => void kept.delete(id),
  }
}

export interface Opened {
  readonly server: AppServer
  readonly feeds: OpenFeedHub
}

type More = Partial<AppServerOptions<object>>

// oxlint-disable-next-line typescript/no-explicit-any -- a test says what its methods take
export const openWith = (table: MethodTable<any> = {}, more: More = {}): Opened => {
  const feeds = openFeedHub({ store: memoryStore() })
  const options = { services: {}, feeds, home: '/home/ann/.towline', version: '1.2.3', log: silentLog() }
  return { feeds, server: openAppServer({ ...options, tables: [table], ...more }) }
}

export const HELLO = { clientInfo: { name: 'test', title: null, version: '0.1.0' } }

/** A wire that is served, and has said hello when `capabilities` are given. */
export const connectTo = async ({ server }: Pick<Opened, 'server'>, capabilities?: object): Promise<MemoryWire> => {
  const wire = new MemoryWire()
  server.serve(wire)
  if (capabilities) await ask(wire, 'initialize', { ...HELLO, capabilities })
  return wire
}
