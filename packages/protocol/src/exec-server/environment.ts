/** Owns how an exec-server and its client begin, and what the client learns of the machine. */

export interface InitializeParams {
  readonly clientName: string
  /** Of a session whose connection was lost. */
  readonly resumeSessionId?: string | null
}

export interface InitializeResult {
  readonly sessionId: string
}

export interface EnvironmentInfo {
  readonly shell: { readonly name: string; readonly path: string }
  /** A `file:` URI. */
  readonly cwd: string
}

export interface EnvironmentStatus {
  readonly status: 'ready'
}
