/** Owns the labels by which a tunnel tells inventories that an app-server is behind it. Hints: nothing secret, nothing trusted. */
import type { Labels } from './tunnel.ts'

/** Keys of the labels of a tunnel that leads to an app-server. */
export const APP_SERVER_LABELS = {
  protocol: 'towline.app/protocol',
  server: 'towline.app/server',
} as const

/** `server` is whose it is: our own, or one of stock Codex behind our relay. */
export const appServerLabels = (server: 'towline' | 'upstream'): Labels => ({
  [APP_SERVER_LABELS.protocol]: 'codex-app-server',
  [APP_SERVER_LABELS.server]: server,
})
