/** Owns the labels by which what an agent created is found again: who made it, in which thread, and what for. */
import { shown } from './shown.ts'
import type { Labels } from './tunnel.ts'

const PREFIX = 'towline.agent/'

/** Keys of the labels that everything an agent creates carries. */
export const AGENT_LABELS = {
  /** By which way: always `mcp`. */
  source: `${PREFIX}source`,
  /** What the agent's client calls itself, such as `codex-mcp-client`. */
  name: `${PREFIX}name`,
  /** The conversation it belongs to, as the client tells it. */
  thread: `${PREFIX}thread`,
  /** What it is for, in the agent's words or the tool's name. */
  purpose: `${PREFIX}purpose`,
} as const

/** For whom something is created. */
export interface AgentOrigin {
  readonly name: string
  readonly thread?: string | undefined
  readonly purpose: string
}

/** As labels; what a client told is cut and made harmless, as it lands on terminals. */
export const agentLabels = ({ name, thread, purpose }: AgentOrigin): Labels => ({
  [AGENT_LABELS.source]: 'mcp',
  [AGENT_LABELS.name]: shown(name),
  ...(thread !== undefined && { [AGENT_LABELS.thread]: shown(thread) }),
  [AGENT_LABELS.purpose]: shown(purpose),
})
