/** Owns a client of a played server for tests: it keeps what it hears, and tells when its connection has another state. */
import { EventEmitter, once } from 'node:events'
import { silentLog } from '@towline/base'
import { type AppError, LIMITS, type Thread } from '@towline/protocol'
import { within } from '@towline/testkit'
import { type AppClient, openAppClient } from './app-client.ts'
import type { AppClientOptions, AppClientState } from './app-client-options.ts'
import type { AppNotification } from './app-messages.ts'
import type { PlayedServer } from './played-server.fixture.ts'

export const THREAD = { id: 't1', turns: [] }
/** A server that has one thread. */
export const ANSWERS = {
  'thread/start': () => ({ thread: THREAD }),
  'thread/resume': () => ({ thread: THREAD }),
}
const limits = { ...LIMITS, appClientRetryMinMs: 1, appClientRetryMaxMs: 2 }

export interface Opened {
  readonly client: AppClient
  readonly told: AppNotification[]
  readonly read: Thread[]
  readonly states: AppClientState[]
  readonly lost: AppError[]
  reached(status: AppClientState['status'], count?: number): Promise<void>
}

const clients: AppClient[] = []

export const closeClients = (): void => {
  for (const client of clients.splice(0)) client.close()
}

/** A client that keeps what it hears, and is closed by `closeClients`. */
export const open = async (server: PlayedServer, more: Partial<AppClientOptions> = {}): Promise<Opened> => {
  const news = new EventEmitter()
  const opened = {
    told: [] as AppNotification[],
    read: [] as Thread[],
    states: [] as AppClientState[],
    lost: [] as AppError[],
  }
  const client = await openAppClient({
    connect: server.connect,
    clientInfo: { name: 'test', title: null, version: '1' },
    onNotification: (told) => void opened.told.push(told),
    onThread: (thread) => void opened.read.push(thread),
    onThreadLost: (_id, error) => void opened.lost.push(error),
    onState: (state) => {
      opened.states.push(state)
      news.emit('state')
    },
    log: silentLog(),
    limits,
    ...more,
  })
  clients.push(client)
  const reached: Opened['reached'] = async (status, count = 1) => {
    while (opened.states.filter((state) => state.status === status).length < count)
      await within(`state ${status}`, once(news, 'state'))
  }
  return { client, ...opened, reached }
}

export const delta = (seq: number | undefined, text: string): object => ({
  method: 'item/agentMessage/delta',
  params: { threadId: 't1', turnId: 'u1', itemId: 'i1', delta: text },
  ...(seq !== undefined && { seq }),
})
/** All that deltas said; `|` for anything else. */
export const texts = (told: readonly AppNotification[]): string =>
  told.map(({ params }) => (params as { readonly delta?: string }).delta ?? '|').join('')
