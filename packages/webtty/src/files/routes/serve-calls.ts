/** Owns a request from its arrival to its end: who may come, which route, whose turn, and what is said when it fails. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError, type Limits } from '@towline/protocol'
import { sendProblem, toAppError } from './answer.ts'
import type { Call, Service } from './call.ts'
import { endAfterBody } from './drain.ts'
import { Gate } from './gate.ts'
import { demandOwnOrigin } from './origin.ts'
import { type GateName, type Route, routeOf } from './table.ts'

export interface Calls {
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void
  /** Breaks off what runs and awaits it. */
  close(): Promise<void>
}

export const serveCalls = (service: Service): Calls => {
  const gates = gatesOf(service.limits)
  const running = new Map<Promise<void>, () => void>()
  let closed = false
  const handler = (req: IncomingMessage, res: ServerResponse): void => {
    if (closed) {
      res.destroy()
      return
    }
    const abort = new AbortController()
    const stop = (): void => abort.abort(new AppError('SHUTTING_DOWN'))
    res.once('close', stop)
    res.on('error', () => {})
    req.on('error', () => {})
    const done = answer({ req, res, service, signal: abort.signal }, gates).finally(() => running.delete(done))
    running.set(done, () => {
      stop()
      res.destroy()
    })
  }
  const close = async (): Promise<void> => {
    closed = true
    for (const stop of running.values()) stop()
    await Promise.all(running.keys())
  }
  return { handler, close }
}

type Gates = Readonly<Record<Exclude<GateName, 'none'>, Gate>>

const gatesOf = ({ filesTransfers, filesOperations, filesWaiting: waiting }: Limits): Gates => ({
  transfer: new Gate({ running: filesTransfers, waiting, limit: 'filesWaiting' }),
  operation: new Gate({ running: filesOperations, waiting, limit: 'filesWaiting' }),
})

type Arrival = Pick<Call, 'req' | 'res' | 'service' | 'signal'>

const answer = async (arrival: Arrival, gates: Gates): Promise<void> => {
  const { req, res, service, signal } = arrival
  try {
    const { route, ...where } = locate(req)
    if (route.kind === 'change' && service.readOnly) throw new AppError('FILE_READ_ONLY')
    const leave = route.gate === 'none' ? () => {} : await gates[route.gate].enter(signal)
    try {
      await route.run({ ...arrival, ...where })
    } finally {
      leave()
    }
  } catch (error) {
    if (signal.aborted || res.closed) res.destroy()
    else sendProblem(req, res, toAppError(error, service.log))
  }
  await endAfterBody(req, res, service.limits)
}

const locate = (req: IncomingMessage): { route: Route; id: string; query: string } => {
  const [path = '', query = ''] = split(req.url ?? '', '?')
  demandOwnOrigin(req.headers)
  return { ...routeOf(req.method ?? '', path), query }
}

const split = (text: string, mark: string): readonly string[] => {
  const cut = text.indexOf(mark)
  return cut < 0 ? [text] : [text.slice(0, cut), text.slice(cut + 1)]
}
