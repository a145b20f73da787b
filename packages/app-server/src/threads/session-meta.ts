/** Owns the first line of a rollout: what a thread is, and where it comes from. */
import type { GitInfo } from '@towline/protocol'
import { type Json, object, text } from './json.ts'
import type { RolloutLine } from './rollout-line.ts'

export interface SessionMeta {
  readonly id: string
  readonly sessionId: string
  readonly forkedFromId: string | null
  /** ISO 8601. */
  readonly timestamp: string
  readonly cwd: string
  readonly originator: string | null
  readonly cliVersion: string
  /** `cli`, `vscode`, `exec`, …; of agents that agents started an object. */
  readonly source: unknown
  readonly threadSource: string | null
  readonly modelProvider: string
  readonly baseInstructions: string | null
  readonly developerInstructions: string | null
  readonly git: GitInfo | null
  readonly dynamicTools: readonly Json[]
  /** Ours are `legacy`, which stock Codex reads without an index of its own. */
  readonly historyMode: 'legacy' | 'paginated'
}

export const metaLine = (meta: SessionMeta): RolloutLine => ({
  type: 'session_meta',
  payload: {
    ...{ id: meta.id, session_id: meta.sessionId, timestamp: meta.timestamp, cwd: meta.cwd },
    ...(meta.forkedFromId && { forked_from_id: meta.forkedFromId }),
    ...{ originator: meta.originator ?? 'towline', cli_version: meta.cliVersion, source: meta.source },
    ...(meta.threadSource && { thread_source: meta.threadSource }),
    model_provider: meta.modelProvider,
    ...(meta.baseInstructions !== null && { base_instructions: { text: meta.baseInstructions } }),
    ...(meta.developerInstructions !== null && { developer_instructions: meta.developerInstructions }),
    history_mode: meta.historyMode,
    ...(meta.git && { git: gitPayload(meta.git) }),
    ...(meta.dynamicTools.length > 0 && { dynamic_tools: meta.dynamicTools }),
  },
})

const gitPayload = ({ sha, branch, originUrl }: GitInfo): Json => ({
  commit_hash: sha,
  branch,
  repository_url: originUrl,
})

/** After a client changed it. */
export const gitLine = (git: GitInfo): RolloutLine => ({ type: 'towline_git', payload: gitPayload(git) })

export const gitOf = (payload: Json): GitInfo => ({
  ...{ sha: text(payload['commit_hash']) ?? null, branch: text(payload['branch']) ?? null },
  originUrl: text(payload['repository_url']) ?? null,
})

/** Undefined for a line that is none. */
export const metaOf = ({ type, payload }: RolloutLine): SessionMeta | undefined => {
  const id = text(payload['id'])
  if (type !== 'session_meta' || id === undefined) return undefined
  const git = object(payload['git'])
  return {
    ...{ id, sessionId: text(payload['session_id']) ?? id },
    forkedFromId: text(payload['forked_from_id']) ?? null,
    ...{ timestamp: text(payload['timestamp']) ?? '', cwd: text(payload['cwd']) ?? '/' },
    ...{ originator: text(payload['originator']) ?? null, cliVersion: text(payload['cli_version']) ?? '' },
    ...{ source: payload['source'] ?? 'unknown', threadSource: text(payload['thread_source']) ?? null },
    modelProvider: text(payload['model_provider']) ?? '',
    baseInstructions: instructionsOf(payload['base_instructions'] ?? payload['instructions']),
    developerInstructions: text(payload['developer_instructions']) ?? null,
    git: git ? gitOf(git) : null,
    historyMode: payload['history_mode'] === 'paginated' ? 'paginated' : 'legacy',
    dynamicTools: Array.isArray(payload['dynamic_tools']) ? (payload['dynamic_tools'] as readonly Json[]) : [],
  }
}

const instructionsOf = (value: unknown): string | null => text(value) ?? text(object(value)?.['text']) ?? null
