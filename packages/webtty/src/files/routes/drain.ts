/** Owns the rest of a body that nobody wants: read for a while, so that its sender hears the answer, then broken off. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Limits } from '@towline/protocol'
import { watchIdle } from './idle.ts'

/** Whether bytes of a body are still to come; a request without one counts as complete only a moment later. */
export const isUnread = ({ complete, destroyed, headers }: IncomingMessage): boolean => {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return hasBody && !complete && !destroyed
}

/** Ends the answer after the body, or without it when that goes on for too long. */
export const endAfterBody = async (req: IncomingMessage, res: ServerResponse, limits: Limits): Promise<void> => {
  if (isUnread(req)) await drain(req, limits)
  if (!res.writableEnded) res.end()
}

const drain = (req: IncomingMessage, { filesDrainBytes, filesIdleMs }: Limits): Promise<void> =>
  new Promise((resolve) => {
    let bytes = 0
    const idle = watchIdle(filesIdleMs, () => req.destroy())
    const done = (): void => {
      idle[Symbol.dispose]()
      resolve()
    }
    req.on('data', (chunk: Buffer) => {
      idle.touch()
      bytes += chunk.length
      if (bytes > filesDrainBytes) req.destroy()
    })
    req.once('end', done).once('close', done).once('error', done)
    req.resume()
  })
