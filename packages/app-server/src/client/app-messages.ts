/** Owns the shapes that a client of an app-server has to do with, and reading them off a wire. */
import type { RpcFault, RpcId, Thread } from '@towline/protocol'
import { z } from 'zod'

/** What a server tells unasked. */
export interface AppNotification {
  readonly method: string
  readonly params: object
  /** Of a thread of a Towline server: counts up, but may skip. */
  readonly seq?: number
}

/** What a server asks. `signal` is aborted when nobody has to answer any more. */
export interface AppQuestion {
  readonly id: RpcId
  readonly method: string
  readonly params: object
  readonly signal: AbortSignal
}

export interface ClientInfo {
  readonly name: string
  readonly title: string | null
  readonly version: string
}

export interface ClientCapabilities {
  readonly experimentalApi?: boolean
  readonly optOutNotificationMethods?: readonly string[] | null
}

const SERVER_INFO = z.looseObject({
  userAgent: z.string().default(''),
  codexHome: z.string().default(''),
  /** Only Towline servers: they number what happens in threads, and tell it again. */
  towline: z
    .looseObject({
      session: z.string().optional().catch(undefined),
      sessionSeq: z.int().nonnegative().optional().catch(undefined),
      resumed: z.boolean().optional().catch(undefined),
    })
    .optional(),
})

/** The result of `initialize`. */
export type AppServerInfo = z.infer<typeof SERVER_INFO>

export const serverInfo = (result: unknown): AppServerInfo => SERVER_INFO.parse(result ?? {})

const ID = z.union([z.number(), z.string()])
const FAULT = z.looseObject({ code: z.number(), message: z.string() })
const MESSAGE = z.union([
  z.looseObject({ id: ID, method: z.string(), params: z.looseObject({}).default({}) }),
  z.looseObject({ method: z.string(), params: z.looseObject({}).default({}), seq: z.int().nonnegative().optional() }),
  z.looseObject({ id: ID, error: FAULT }),
  z.looseObject({ id: ID, result: z.unknown() }),
])

export type ServerMessage =
  | { readonly id: RpcId; readonly method: string; readonly params: object }
  | ({ readonly id?: undefined } & AppNotification)
  | { readonly id: RpcId; readonly method?: undefined; readonly error: RpcFault }
  | { readonly id: RpcId; readonly method?: undefined; readonly error?: undefined; readonly result: unknown }

/** Undefined for what is no message. */
export const readServerMessage = (text: string): ServerMessage | undefined => {
  try {
    const { success, data } = MESSAGE.safeParse(JSON.parse(text))
    return success ? (data as ServerMessage) : undefined
  } catch {
    return undefined
  }
}

const REPLAY = z.looseObject({ complete: z.literal(true) })

/** Whether a server has told again all that was missed, before this answer of it. */
export const isWholeReplay = (result: unknown): boolean => REPLAY.safeParse(result).success

const STANDING = z.looseObject({ towline: z.looseObject({ seq: z.int().nonnegative() }) })

/** Where a thread stands in the result of `thread/start` and the like; undefined for stock servers. */
export const seqIn = (result: unknown): number | undefined => STANDING.safeParse(result).data?.towline.seq

const THREAD = z.looseObject({
  thread: z.looseObject({ id: z.string(), turns: z.array(z.looseObject({})).default([]) }),
})

/** The thread in a result of `thread/start`, `thread/read` and the like. */
export const threadIn = (result: unknown): Thread | undefined => {
  const { success, data } = THREAD.safeParse(result)
  return success ? (data.thread as unknown as Thread) : undefined
}
