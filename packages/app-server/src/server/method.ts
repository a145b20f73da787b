/** Owns the seam of a method: what it takes, in which order it runs, and what it does. */
import type { z } from 'zod'
import type { FeedEvent, Subscriber } from './subscriber.ts'

/** Who calls. */
export interface Caller extends Subscriber {
  readonly clientName: string
  readonly clientVersion: string
  readonly experimental: boolean
  /** Called once when the connection is gone. */
  onClosed(left: () => void): void
  /** Tells this connection alone. */
  notify(method: string, params: object): void
  /** Tells it at once what it missed of a thread. */
  replay(events: readonly FeedEvent[]): void
  /** Runs `work` once the answer to this request is on its way. What a thread tells meanwhile waits for that too, when the request began to watch it. */
  afterAnswer(work: () => void): void
}

export interface Method<Services, Params = never> {
  readonly params: z.ZodType<Params>
  /** Needs the capability `experimentalApi`. */
  readonly experimental?: true
  /** Begins work of its own, so it is refused while the server drains. */
  readonly begins?: true
  /** Fields that need it. */
  readonly experimentalFields?: readonly (keyof Params & string)[]
  /** Requests with the same lane run one after the other, in the order they came; undefined: beside all others. */
  lane?(params: Params, caller: Caller): string | undefined
  run(services: Services, params: Params, caller: Caller): object | Promise<object>
}

/** By name. A file of `methods/` has one table for one resource. */
export type MethodTable<Services> = Readonly<Record<string, Method<Services>>>

/** Keeps the type of its params for `run`. */
export const method = <Services, Params>(row: Method<Services, Params>): Method<Services> =>
  row as unknown as Method<Services>
