/** Owns how an exec-server and its client begin, and what the client learns of the machine. */

export interface InitializeParams {
  readonly clientName: string
  /** Of a session whose connection was lost. */
  readonly resumeSessionId?: string | null
}

export interface InitializeResult {
  readonly sessionId: string
  /** Saves asking for it. */
  readonly environmentInfo?: EnvironmentInfo
}

export interface EnvironmentInfo {
  readonly shell: { readonly name: string; readonly path: string }
  /** A `file:` URI. */
  readonly cwd: string
  /** What a server of any sort may do beside the rest; what is not named it does not. */
  readonly capabilities?: { readonly fsWatchMissing?: boolean }
}

export interface EnvironmentStatus {
  readonly status: 'ready'
}
