/** Owns the labels of what an agent creates: its own, those it was told to add, and none by which it would pass for something else. */
import {
  AGENT_LABELS,
  agentLabels,
  AppError,
  EXPOSE_LABELS,
  type Labels,
  shown,
  validateLabels,
  WEBTTY_LABEL,
} from '@towline/protocol'
import type { Origin } from './origin.ts'

/** By these, people and inventories take a tunnel for a machine, or for what a machine opened. */
const OF_MACHINES = [WEBTTY_LABEL, EXPOSE_LABELS.id.replace(/id$/, '')]
const OF_AGENTS = AGENT_LABELS.source.replace(/source$/, '')

/** Those of agents are ours to tell, and dropped. Throws LABEL_INVALID. */
export const labelsFor = (
  { agent: name, thread }: Pick<Origin, 'agent' | 'thread'>,
  purpose: string,
  extra: Labels = {},
): Labels => {
  const forged = Object.keys(extra).find((key) => OF_MACHINES.some((prefix) => key.startsWith(prefix)))
  if (forged !== undefined)
    throw new AppError('LABEL_INVALID', { label: shown(forged), problem: 'only machines tell this, of themselves' })
  const own = Object.entries(extra).filter(([key]) => !key.startsWith(OF_AGENTS))
  return validateLabels({ ...Object.fromEntries(own), ...agentLabels({ name, thread, purpose }) })
}
