/** Owns what the methods of this folder work with. */
import type { ConfigSource } from '../config/agent-config.ts'
import type { Environments } from '../environments/environment.ts'
import type { FeedHub } from '../feed/feed-hub.ts'

export interface BasicServices {
  /** Where the server was started; what clients name without a folder is there. */
  readonly cwd: string
  readonly config: ConfigSource
  readonly environments: Environments
  readonly feeds: FeedHub
  /** The machine that the server runs on: the root folder that files are looked for below is its own. */
  readonly localId: string
  /** Named numbers for whoever looks after the server. */
  gauges(): Readonly<Record<string, number>>
}
