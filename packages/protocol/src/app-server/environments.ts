/** Owns how clients name the machines that turns may work on. */
import type { EnvironmentInfo } from '../exec-server/environment.ts'

export interface EnvironmentAddParams {
  readonly environmentId: string
  /** `ws:`, `wss:`, or `tow://MACHINE`. */
  readonly execServerUrl: string
  /** Only over `wss:` or to this machine. */
  readonly authBearerToken?: string | null
  readonly connectTimeoutMs?: number | null
}

interface OfEnvironment {
  readonly environmentId: string
}

export interface EnvironmentMethods {
  /** Until the server ends. It connects when it is first used. */
  readonly 'environment/add': { readonly params: EnvironmentAddParams; readonly result: object }
  /** Connects. `cwd` is a `file:` URI. */
  readonly 'environment/info': {
    readonly params: OfEnvironment
    readonly result: { readonly shell: EnvironmentInfo['shell']; readonly cwd: string | null }
  }
  readonly 'environment/status': {
    readonly params: OfEnvironment
    readonly result: {
      readonly status: 'ready' | 'pending' | 'disconnected' | 'unknown'
      readonly error?: string
    }
  }
}
