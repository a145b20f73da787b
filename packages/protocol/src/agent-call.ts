/** Owns what a workstation tells its server of a call that an agent made of a tool: a claim, as only the workstation saw it. */

/** What became of a call: the policy allowed it, a person did, a person refused it, or it was denied without asking. */
export const CALL_DECISIONS = ['allowed', 'approved', 'refused', 'denied'] as const
export type CallDecision = (typeof CALL_DECISIONS)[number]

/** One call of a tool that is more than reading. Holds no arguments, only their hash. */
export interface AgentCall {
  /** Chosen by the workstation, so that one that is told twice is kept once. 8 to 64 of letters, digits, `_` and `-`. */
  readonly id: string
  /** Integer seconds, by the workstation's clock. */
  readonly at: number
  /** What the agent's client calls itself. */
  readonly agent: string
  readonly agentVersion?: string | undefined
  /** The conversation, the turn in it and the call in that, as the client tells them. */
  readonly thread?: string | undefined
  readonly turn?: string | undefined
  readonly callId?: string | undefined
  /** Such as `towline_local_tunnel_expose`. */
  readonly tool: string
  /** What it was about, such as a machine or a tunnel. */
  readonly target?: string | undefined
  /** SHA-256 of the exact arguments, in hex. */
  readonly argumentsHash: string
  readonly decision: CallDecision
  /** A rule of the policy, or the way a person was asked. */
  readonly decidedBy?: string | undefined
  /** The code of the error it ended with. */
  readonly code?: string | undefined
  readonly durationMs: number
  /** Id or endpoint of the project it was for. */
  readonly projectId?: string | undefined
}

/** What a server answers to calls it was told. */
export interface ToldCalls {
  readonly accepted: number
  /** Those it was told before. */
  readonly duplicates: number
}
