/** Owns how a thread begins: what whoever starts it wants, and what its first line says of that. */
import type { GitInfo } from '@towline/protocol'
import type { ThreadsOptions } from './thread-options.ts'
import type { Json } from './json.ts'
import type { SessionMeta } from './session-meta.ts'
import type { SettingsChange } from './thread-settings.ts'

export interface ThreadStart {
  readonly change: SettingsChange
  readonly ephemeral: boolean
  readonly threadSource: string | null
  readonly dynamicTools: readonly Json[]
  /** Of config.toml, by dotted keys. */
  readonly overrides: Readonly<Record<string, unknown>> | undefined
  /** Who starts it. */
  readonly originator: string
}

interface Place {
  readonly id: string
  readonly cwd: string
  readonly modelProvider: string
  readonly git: GitInfo | null
  /** Unix ms. */
  readonly now: number
}

export const newMeta = ({ version }: ThreadsOptions, start: ThreadStart, place: Place): SessionMeta => {
  const { id, cwd, modelProvider, git, now } = place
  const { originator, threadSource, dynamicTools, change } = start
  return {
    ...{ id, sessionId: id, forkedFromId: null, timestamp: new Date(now).toISOString(), cwd, originator },
    ...{ cliVersion: version, source: sourceOf(originator), threadSource, modelProvider },
    baseInstructions: change.baseInstructions ?? null,
    developerInstructions: change.developerInstructions ?? null,
    ...{ git, dynamicTools, historyMode: 'legacy' },
  }
}

/** Of the thread that it goes on from. */
export const forkedMeta = (own: SessionMeta, from: SessionMeta): SessionMeta => ({
  ...own,
  ...{ forkedFromId: from.id, cwd: from.cwd, modelProvider: from.modelProvider, git: from.git },
  baseInstructions: own.baseInstructions ?? from.baseInstructions,
  developerInstructions: own.developerInstructions ?? from.developerInstructions,
  dynamicTools: from.dynamicTools,
})

/** As stock names it: its lists show what people began themselves. */
const sourceOf = (originator: string): string => {
  if (/exec/i.test(originator)) return 'exec'
  return /tui|cli/i.test(originator) ? 'cli' : 'vscode'
}
