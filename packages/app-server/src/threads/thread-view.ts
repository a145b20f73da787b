/** Owns a thread as clients see it: one that is loaded, or one in the index. */
import type { SessionSource, Thread, ThreadSettings as SettingsOfClients, Turn } from '@towline/protocol'
import { type Json, object, text } from './json.ts'
import type { LiveThread } from './live-thread.ts'
import type { ThreadSettings } from './thread-settings.ts'
import type { ThreadRow } from './index/thread-row.ts'

export const threadOf = (live: LiveThread, turns: readonly Turn[]): Thread => {
  const { meta, settings, log } = live
  const updatedAt = Math.floor(live.updatedAtMs / 1000)
  return {
    ...{ id: meta.id, sessionId: meta.sessionId, forkedFromId: meta.forkedFromId, preview: live.preview },
    ...{ ephemeral: log.path === undefined, historyMode: 'legacy', modelProvider: settings.providerId },
    ...{ model: settings.model ?? null, reasoningEffort: settings.effort, createdAt: secondsOf(meta.timestamp) },
    ...{ updatedAt, recencyAt: updatedAt, status: live.status, path: log.path ?? null, cwd: settings.cwd },
    ...{ cliVersion: meta.cliVersion, originator: meta.originator, source: sourceOf(meta.source) },
    ...{
      threadSource: meta.threadSource,
      gitInfo: live.git,
      name: live.name,
      environments: settings.environments,
      projectId: null,
    },
    turns,
  }
}

export const threadOfRow = (row: ThreadRow, turns: readonly Turn[] = []): Thread => ({
  ...{ id: row.id, sessionId: row.sessionId, forkedFromId: row.forkedFromId, preview: row.preview, ephemeral: false },
  ...{ historyMode: 'legacy', modelProvider: row.modelProvider, model: row.model, reasoningEffort: row.effort },
  ...{ createdAt: row.createdAt, updatedAt: row.updatedAt, recencyAt: row.updatedAt, status: { type: 'notLoaded' } },
  ...{ path: row.path, cwd: row.cwd, cliVersion: row.cliVersion, originator: row.originator },
  ...{ source: sourceOf(JSON.parse(row.source)), threadSource: row.threadSource },
  ...{ gitInfo: row.git ? JSON.parse(row.git) : null, name: row.name, environments: null, projectId: null, turns },
})

export const settingsView = (settings: ThreadSettings): SettingsOfClients => ({
  ...{ cwd: settings.cwd, environments: settings.environments, approvalPolicy: settings.approvalPolicy },
  ...{ approvalsReviewer: 'user', sandboxPolicy: settings.sandboxPolicy, model: settings.model ?? '' },
  ...{ modelProvider: settings.providerId, serviceTier: null, effort: settings.effort, summary: settings.summary },
  collaborationMode: {
    mode: 'default',
    settings: {
      ...{ model: settings.model ?? '', reasoning_effort: settings.effort },
      developer_instructions: settings.developerInstructions,
    },
  },
})

export const secondsOf = (timestamp: string): number => Math.floor(Date.parse(timestamp) / 1000) || 0

const SOURCES = ['cli', 'vscode', 'exec', 'appServer'] as const

/** As clients have it; lines use snake case within. */
const sourceOf = (source: unknown): SessionSource => {
  const word = text(source)
  if (word === 'mcp') return 'appServer'
  if (word !== undefined) return SOURCES.find((known) => known === word) ?? 'unknown'
  const { subagent, custom } = object(source) ?? {}
  if (typeof custom === 'string') return { custom }
  return subagent === undefined ? 'unknown' : { subAgent: subagent }
}

/** As filters of lists name it. */
export const sourceKind = (source: unknown): string => {
  const word = text(source)
  if (word !== undefined) return word === 'mcp' ? 'appServer' : (SOURCES.find((known) => known === word) ?? 'unknown')
  const inner = (object(source) as Json | undefined)?.['subagent']
  if (inner === undefined) return 'unknown'
  if (inner === 'review') return 'subAgentReview'
  if (inner === 'compact') return 'subAgentCompact'
  return object(inner)?.['thread_spawn'] ? 'subAgentThreadSpawn' : 'subAgentOther'
}
