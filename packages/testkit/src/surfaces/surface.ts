/** Owns what a surface is: one way a credential is used, what of it stays open, and how the next attempt is refused. */
import type { SurfaceWorld } from './world.ts'

/** A credential in use. */
export interface Use {
  /** How it ended, once it did; absent where a request is all there is. */
  readonly ended?: Promise<string>
  /** Tries the same anew; answers OK, or the code it is refused with. */
  again(): Promise<string>
  close(): void
}

export interface Surface {
  readonly name: string
  /** The resource its tokens are issued for, below the public URL: one that no other surface takes. */
  readonly resource?: '/api/mcp'
  /** What stays open ends with this; absent where a request is all there is. */
  readonly ends?: RegExp
  /** The code of the next attempt. */
  readonly refusal: string
  /** Resolves when the credential is in use. */
  readonly use: (world: SurfaceWorld, token: string) => Promise<Use>
}

/** OK, or the code that work is refused with. */
export const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'OK',
    (error: Error & { readonly code?: string }) => error.code ?? error.message,
  )
