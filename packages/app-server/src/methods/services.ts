/** Owns what the methods that need no thread work with. */
import type { HomeConfig } from '../config/open-config-source.ts'
import type { OpenEnvironments } from '../environments/open-environments.ts'
import type { FeedHub } from '../feed/feed-hub.ts'

export interface BasicServices {
  /** Where the server was started; what clients name without a folder is there. */
  readonly cwd: string
  readonly config: HomeConfig
  readonly environments: OpenEnvironments
  readonly feeds: FeedHub
  /** After the settings of the home were changed. */
  readonly configChanged?: (() => void | Promise<void>) | undefined
  /** Named numbers for whoever looks after the server. */
  gauges(): Readonly<Record<string, number>>
}
