/** Owns what a person is asked who may allow one exact call of an agent. All texts may be shown. */
export interface CallQuestion {
  readonly tool: string
  /** SHA-256 of the tool, its exact arguments and who calls, in hex: the answer is good for that alone. */
  readonly fingerprint: string
  /** What it would do, in a sentence; at most approvalSummaryChars. */
  readonly summary: string
  /** JSON of the arguments with secrets masked; at most approvalRequestChars. */
  readonly request: string
  /** What the agent's client calls itself; shown, never trusted. */
  readonly agent: string
  readonly thread?: string | undefined
  /** What it is about, such as `tow://edge-lab`; shown, never trusted. */
  readonly target?: string | undefined
}
