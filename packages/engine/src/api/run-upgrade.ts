/** Owns running an upgrade handler: what it refuses is answered as plain HTTP on the socket. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { Upgrade } from '../link/web-socket.ts'
import { retryAfter, toAppError } from './errors.ts'

/** Handles one WebSocket path. Throws or rejects with what to refuse. */
export type UpgradeHandler = (upgrade: Upgrade) => Promise<void> | void

/** `handler` is undefined for a path that takes no upgrades. */
export const runUpgrade = (handler: UpgradeHandler | undefined, upgrade: Upgrade, log: Pick<Log, 'error'>): void => {
  const ignore = (): void => {}
  upgrade.socket.on('error', ignore)
  attempt(handler, upgrade)
    .catch((error: unknown) => refuse(upgrade.socket, toAppError(error, log)))
    .finally(() => upgrade.socket.off('error', ignore))
    .catch(ignore)
}

const attempt = async (handler: UpgradeHandler | undefined, upgrade: Upgrade): Promise<void> => {
  if (!handler) throw new AppError('NOT_FOUND', { what: 'WebSocket path', id: pathOf(upgrade.request) })
  await handler(upgrade)
}

/** The path of an upgrade, without its query. */
export const pathOf = ({ url }: { readonly url?: string | undefined }): string =>
  (url ?? '/').split('?', 1)[0] as string

const refuse = (socket: Duplex, error: AppError): void => {
  if (socket.destroyed) return
  socket.on('error', () => socket.destroy())
  const { http: status } = error.row
  const body = JSON.stringify({ error })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...Object.entries(retryAfter(error)).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
