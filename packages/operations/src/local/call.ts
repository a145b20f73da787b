/** Owns asking a running supervisor one thing. */
import { connect } from 'node:net'
import { AppError, type Limits } from '@towline/protocol'
import { orAbort } from '../or-abort.ts'
import { LineSocket } from './line-socket.ts'
import { isOwnSocket, type LocalPlace, readWhere, type Where } from './place.ts'
import type { Hello, LocalOp, OpAnswer, OpInput } from './wire.ts'

/** A supervisor that said hello. Whoever got it closes it. */
export interface Reached {
  readonly hello: Hello
  readonly lines: LineSocket
}

/**
 * Undefined when none runs: nobody said where it is, nothing listens there, the socket is in
 * a folder that is not ours alone, or another answers than was said. Rejects with
 * LOCAL_SILENT when it does not say hello, and with LIMIT_REACHED when it takes no further call.
 */
export const reach = async (place: LocalPlace, limits: Limits, signal?: AbortSignal): Promise<Reached | undefined> => {
  const where = await readWhere(place)
  if (!where || !(await isOwnSocket(where.socket))) return undefined
  const lines = await connected(where.socket, limits)
  if (!lines) return undefined
  try {
    const hello = await inTime(lines.read(), { limitMs: limits.localHelloMs, silent: silent(place, where), signal })
    const { error, supervisorId } = (hello ?? {}) as Record<string, unknown>
    if (error !== undefined) throw AppError.from(error)
    if (supervisorId === where.supervisorId) return { hello: hello as Hello, lines }
    lines.destroy()
    return undefined
  } catch (error) {
    lines.destroy()
    throw error
  }
}

export interface Asking<Op extends LocalOp> {
  readonly op: Op
  readonly input: OpInput<Op>
  readonly place: LocalPlace
  readonly limits: Limits
  readonly signal?: AbortSignal | undefined
}

/** Rejects with the supervisor's refusal, LOCAL_GONE, LOCAL_SILENT, or the signal's reason, which cancels what was asked. */
export const askReached = async <Op extends LocalOp>(
  { hello, lines }: Reached,
  { op, input, place, limits, signal }: Asking<Op>,
): Promise<OpAnswer<Op>> => {
  const { supervisorId, pid } = hello
  try {
    lines.send({ op, input })
    const gone = silent(place, { supervisorId, pid, socket: '' })
    const reply = await inTime(lines.read(), { limitMs: limits.localCallMs, silent: gone, signal })
    if (typeof reply !== 'object' || reply === null) throw new AppError('LOCAL_GONE')
    if ('error' in reply) throw AppError.from(reply.error)
    return (reply as { readonly answer: OpAnswer<Op> }).answer
  } finally {
    lines.destroy()
  }
}

/** Undefined when nothing listens there. */
const connected = (path: string, limits: Limits): Promise<LineSocket | undefined> =>
  new Promise((done) => {
    const socket = connect(path)
    const lines = new LineSocket(socket, limits.localAnswerBytes)
    socket.once('connect', () => done(lines))
    // Refused: a socket that was left behind. Not there: removed, or not made yet.
    socket.once('error', () => done(undefined))
  })

interface InTime {
  readonly limitMs: number
  readonly silent: AppError
  readonly signal: AbortSignal | undefined
}

const inTime = async <T>(work: Promise<T>, { limitMs, silent: why, signal }: InTime): Promise<T> => {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(why), limitMs)
  try {
    return await orAbort(work, signal ? AbortSignal.any([signal, late.signal]) : late.signal)
  } finally {
    clearTimeout(timer)
  }
}

const silent = ({ log }: LocalPlace, { pid }: Where): AppError => new AppError('LOCAL_SILENT', { pid, log })
