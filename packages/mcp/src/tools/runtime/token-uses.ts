/** Owns what a token is handed over for, and what it may then be: the least that serves. */
import type { Permission } from '@towline/protocol'

export interface TokenUse {
  readonly words: string
  /** What such a token may hold; absent for all that its maker holds. */
  readonly permissions?: readonly Permission[]
  /** Held when none is named. */
  readonly usual: readonly Permission[]
  /** Seconds. */
  readonly most: number
  readonly usualSeconds: number
}

/** A token in an address is seen by more than one pair of eyes, so it lives shortest. */
export const TOKEN_USES = {
  browser: {
    words: 'an application in a browser that dials or passes --token-auth',
    permissions: ['tunnels.connect', 'tunnels.list'],
    usual: ['tunnels.connect'],
    ...{ most: 3_600, usualSeconds: 900 },
  },
  url: {
    words: 'a link to a published tunnel with --token-auth',
    permissions: ['tunnels.connect'],
    usual: ['tunnels.connect'],
    ...{ most: 3_600, usualSeconds: 600 },
  },
  query: {
    words: 'the query token of an event stream',
    permissions: ['tunnels.list'],
    usual: ['tunnels.list'],
    ...{ most: 300, usualSeconds: 300 },
  },
  publish: {
    words: 'clients of a published MCP server',
    permissions: ['tunnels.connect'],
    usual: ['tunnels.connect'],
    ...{ most: 3_600, usualSeconds: 3_600 },
  },
  runtime: {
    words: 'a remote program that uses Towline itself',
    usual: ['tunnels.list', 'tunnels.connect'],
    ...{ most: 3_600, usualSeconds: 3_600 },
  },
} as const satisfies Record<string, TokenUse>

export type TokenUseName = keyof typeof TOKEN_USES
