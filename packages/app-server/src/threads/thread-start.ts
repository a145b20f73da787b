/** Owns how a thread begins: what whoever starts it wants, and what its first line says of that. */
import type { GitInfo } from '@towline/protocol'
import type { Json } from './json.ts'
import { readGit } from './read-git.ts'
import type { SessionMeta } from './session-meta.ts'
import { nowOf, type ThreadsOptions } from './thread-options.ts'
import { changed, type SettingsChange, settingsOf } from './thread-settings.ts'
import { uuid7 } from './uuid7.ts'

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

/** What a new thread begins with; whoever lets the agent write in a folder trusts it, as with stock. Throws RpcError and CONFIG_INVALID. */
export const prepareStart = async (options: ThreadsOptions, start: ThreadStart) => {
  const { configs, environments } = options
  const { change, overrides } = start
  const cwd = change.cwd ?? change.environments?.[0]?.cwd ?? options.cwd
  if (change.cwd && change.sandbox && change.sandbox !== 'read-only') await configs.trust(cwd)
  const config = await configs.read(cwd, overrides)
  const settings = changed(settingsOf(config, cwd, environments), change, { config, environments })
  const git = settings.environments[0]?.environmentId === 'local' ? await readGit(settings.cwd) : null
  const now = nowOf(options)
  const place = { id: uuid7(now), cwd: settings.cwd, modelProvider: settings.providerId, git, now }
  return { meta: newMeta(options, start, place), config, settings }
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
