/** Owns one connection to the supervisor: hello, one thing asked, its answer. */
import type { Socket } from 'node:net'
import { type Log, newId, parseJson } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import { LineSocket } from './line-socket.ts'
import type { Asked } from './requests.ts'
import type { Hello, Reply } from './wire.ts'

export interface CallOptions {
  readonly hello: Hello
  readonly limits: Limits
  readonly log: Log
  readonly read: (value: unknown) => Asked
  readonly answer: (asked: Asked, signal: AbortSignal) => Promise<unknown>
}

/** Resolves when the connection is over. Never rejects. */
export const serveCall = async (socket: Socket, { hello, limits, log, read, answer }: CallOptions): Promise<void> => {
  const lines = new LineSocket(socket, limits.localRequestBytes)
  const gone = new AbortController()
  const over = new Promise<void>((done) => socket.once('close', () => done()))
  socket.once('close', () => gone.abort(new AppError('CALL_CANCELLED')))
  const silent = setTimeout(() => lines.destroy(), limits.localHelloMs)
  lines.send(hello)
  try {
    const line = await lines.next()
    clearTimeout(silent)
    if (line !== undefined) lines.send(await replyTo(() => answer(read(parsed(line)), gone.signal), log))
  } catch (error) {
    lines.send(await replyTo(() => Promise.reject(error as Error), log))
  } finally {
    clearTimeout(silent)
    lines.end()
  }
  // Whoever does not close its side, such as a process that was stopped, holds no place for long.
  const lingering = setTimeout(() => lines.destroy(), limits.localHelloMs)
  await over
  clearTimeout(lingering)
}

const parsed = (line: string): unknown => {
  const value = parseJson(line)
  if (value === undefined) throw new AppError('REQUEST_INVALID', { problem: 'it is no JSON' })
  return value
}

/** What is no refusal is a bug of ours: the log has it under an id. */
const replyTo = async (work: () => Promise<unknown>, log: Log): Promise<Reply> => {
  try {
    return { answer: (await work()) ?? null }
  } catch (error) {
    if (error instanceof AppError) return { error: error.toJSON() }
    const id = newId('err')
    log.error({ err: error, id }, 'unexpected error')
    return { error: new AppError('INTERNAL', { id }).toJSON() }
  }
}
