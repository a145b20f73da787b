/** Owns reaching a private tunnel: one stream, stdio joined to one, or a local port that dials for each connection. */
import { pipe } from '@towline/base'
import { type AppError, type Channel, RESET } from '@towline/protocol'
import { dialError, listenDial, openSession, type Session } from '@towline/sdk'
import type { ListenAddress } from '../address.ts'
import type { Connection } from '../context/connection.ts'

export interface DialRequest {
  readonly connection: Connection
  /** Name or id of a private tunnel. */
  readonly tunnel: string
  /** Product and version. */
  readonly agent: string
  readonly signal: AbortSignal
}

/** One dialed stream and the link below it. */
export interface Dial {
  /** Paused; bytes may be written at once. A refusal comes as a reset. */
  readonly channel: Channel
  close(): Promise<void>
}

/** Rejects when the server cannot be reached or refuses the credential. */
export const openDial = async ({ connection, tunnel, agent, signal }: DialRequest): Promise<Dial> => {
  signal.throwIfAborted()
  const session = openSession({ ...connection, agent })
  try {
    await session.online(signal)
    return { channel: await session.dial(tunnel, signal), close: () => session.close() }
  } catch (error) {
    await session.close()
    throw error
  }
}

export interface DialOnceRequest extends DialRequest {
  /** What is joined to the tunnel. */
  readonly local: Channel
}

/** Joins and resolves when both directions ended. Rejects with why the stream was reset, or with the signal's reason. */
export const dialOnce = async (request: DialOnceRequest): Promise<void> => {
  const { signal, local, tunnel } = request
  const dial = await openDial(request)
  const stop = (): void => dial.channel.reset(RESET.cancel)
  signal.addEventListener('abort', stop, { once: true })
  try {
    const reset = await joined(dial.channel, local)
    signal.throwIfAborted()
    if (reset !== undefined) throw dialError(reset, tunnel)
  } finally {
    signal.removeEventListener('abort', stop)
    await dial.close()
  }
}

export interface DialListenRequest extends DialRequest {
  readonly listen: ListenAddress
  readonly onListening: (address: ListenAddress) => void
  /** A connection could not be served; the others go on. */
  readonly onRefused: (error: AppError) => void
}

/** Serves until `signal`; that is success. Rejects when the port is taken or the server ends the session for good. */
export const dialListen = async (request: DialListenRequest): Promise<void> => {
  const { connection, agent, signal, listen, tunnel, onRefused } = request
  signal.throwIfAborted()
  const session = openSession({ ...connection, agent })
  try {
    await session.online(signal)
    const server = await listenDial(session, { ...listen, target: tunnel, onRefused })
    try {
      request.onListening({ host: server.host, port: server.port })
      await over(session, signal)
    } finally {
      await server.close()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await session.close()
  }
}

/** Resolves with the code of a reset, or undefined when both directions ended in order. */
const joined = (tunnel: Channel, local: Channel): Promise<number | undefined> =>
  new Promise((done) => pipe(tunnel, local, done))

/** Resolves on abort; rejects when the session is closed for good. */
const over = async (session: Session, signal: AbortSignal): Promise<void> => {
  for await (const state of session.states.values(signal)) {
    if (state.status === 'closed' && state.error) throw state.error
  }
}
