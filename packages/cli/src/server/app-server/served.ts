/** Owns the seam to an app-server that is served, ours or another. */
import type { Health, Wire } from '@towline/app-server'

export interface ServedAppServer {
  /** Serves until the wire closes. */
  serve(wire: Wire): void
  /** Whether it can do its work now. */
  isReady(): Promise<boolean>
  /** In detail, where it is known. */
  health?(): Promise<Health>
  /** Begins nothing any more. Resolves when what runs is done, or has had its time. */
  drain?(): Promise<void>
  /** Nobody uses it, where that is known. */
  isIdle?(): boolean
  close(): Promise<void>
}
