/** Owns what a client of an app-server is opened with: how it connects, who hears of news and questions, and of the connection itself. */
import type { Log } from '@towline/base'
import type { AppError, Limits, Thread } from '@towline/protocol'
import type { Wire } from '../rpc/wire.ts'
import type { AppNotification, ClientCapabilities, ClientInfo } from './app-messages.ts'
import type { Handle } from './questions.ts'

export type AppClientState =
  | { readonly status: 'online' }
  /** `retryInMs` until the next attempt; absent while one is under way. */
  | {
      readonly status: 'reconnecting'
      readonly attempt: number
      readonly retryInMs?: number
      readonly error?: AppError
    }
  | { readonly status: 'closed'; readonly error?: AppError }

export interface AppClientOptions {
  /** Opens a wire that nobody reads yet. Rejects with an AppError; one that refuses (exit status 2 or 4) ends the client. */
  connect(signal: AbortSignal): Promise<Wire>
  readonly clientInfo: ClientInfo
  readonly capabilities?: ClientCapabilities
  /** Of a thread each is told once, in order. */
  onNotification(told: AppNotification): void
  /** What nobody handles is answered with an error. */
  readonly onRequest?: Handle
  /** A thread that was read anew after a break: all that was known of it goes. */
  onThread?(thread: Thread): void
  /** A thread that the server has no more after a break. */
  onThreadLost?(threadId: string, error: AppError): void
  onState?(state: AppClientState): void
  readonly log: Log
  readonly limits?: Limits
  readonly random?: () => number
}
