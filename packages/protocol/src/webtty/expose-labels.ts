/** Owns the labels by which tunnels are found that a machine opened on request. Its server sets them; a request cannot. */
import type { Labels } from '../tunnel.ts'

const PREFIX = 'towline.expose/'

/** Keys of the labels of an exposure's tunnel. */
export const EXPOSE_LABELS = {
  /** Of the exposure. */
  id: `${PREFIX}id`,
  /** Name of the WebTTY server that opened it. */
  machine: `${PREFIX}machine`,
  /** `host:port` on that machine. */
  target: `${PREFIX}target`,
} as const

/** As labels. */
export const exposeLabels = (of: {
  readonly id: string
  readonly machine: string
  readonly target: string
}): Labels => ({
  [EXPOSE_LABELS.id]: of.id,
  [EXPOSE_LABELS.machine]: of.machine,
  [EXPOSE_LABELS.target]: of.target,
})
