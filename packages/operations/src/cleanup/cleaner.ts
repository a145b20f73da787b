/** Owns what a kind of things must offer to be cleaned up by its labels: tunnels, what this workstation serves, what machines expose. */
import type { Labels } from '@towline/protocol'

/** Something that carries labels and can be ended. */
export interface CleanupItem {
  /** The kind of its cleaner. */
  readonly kind: string
  readonly id: string
  readonly name?: string | undefined
  /** The tunnel it is served by, when it is not one itself: it is told of once. */
  readonly tunnelId?: string | undefined
  readonly labels: Labels
}

export interface Cleaner {
  /** A word for people, such as `tunnel`. */
  readonly kind: string
  /** At least all that carry the labels; what lacks one of them is left away by whoever asks. */
  list(labels: Labels, signal?: AbortSignal): Promise<readonly CleanupItem[]>
  /** Rejects with NOT_FOUND for what is gone already, which counts as removed. */
  remove(item: CleanupItem, signal?: AbortSignal): Promise<void>
}
