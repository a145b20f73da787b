/** Owns how a thread works: what the config says, changed by whoever starts or resumes it, and by turns for those after them. */
import { resolve } from 'node:path'
import {
  AppError,
  type AskForApproval,
  type ReasoningEffort,
  type ReasoningSummary,
  type SandboxMode,
  type SandboxPolicy,
  type ThreadEnvironment,
} from '@towline/protocol'
import type { TurnSettings } from '../agent/turn.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { Environments } from '../environments/environment.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { type Json, object, objects, text, texts } from './json.ts'
import type { RolloutLine } from './rollout-line.ts'
import { policyLine, policyOfLine, policyOfMode, policyOfProfile } from './sandbox-names.ts'

export interface ThreadSettings {
  readonly model: string | undefined
  readonly providerId: string
  readonly effort: ReasoningEffort | null
  readonly summary: ReasoningSummary | null
  readonly approvalPolicy: AskForApproval
  readonly sandboxPolicy: SandboxPolicy
  readonly cwd: string
  readonly workspaceRoots: readonly string[]
  readonly environments: readonly ThreadEnvironment[]
  readonly baseInstructions: string | null
  readonly developerInstructions: string | null
}

export interface EnvironmentChoice {
  readonly environmentId: string
  readonly cwd?: string | null | undefined
  readonly runtimeWorkspaceRoots?: readonly string[] | null | undefined
}

/** What a client may change; null and absent leave what is. */
export interface SettingsChange {
  readonly model?: string | null | undefined
  readonly modelProvider?: string | null | undefined
  readonly effort?: ReasoningEffort | null | undefined
  readonly summary?: ReasoningSummary | null | undefined
  readonly approvalPolicy?: AskForApproval | null | undefined
  readonly sandbox?: SandboxMode | null | undefined
  readonly sandboxPolicy?: SandboxPolicy | null | undefined
  readonly permissions?: string | null | undefined
  readonly cwd?: string | null | undefined
  readonly runtimeWorkspaceRoots?: readonly string[] | null | undefined
  readonly environments?: readonly EnvironmentChoice[] | null | undefined
  readonly baseInstructions?: string | null | undefined
  readonly developerInstructions?: string | null | undefined
  readonly collaborationMode?: { readonly settings?: Json | null | undefined } | null | undefined
}

export const settingsOf = (config: AgentConfig, cwd: string, environments: Environments): ThreadSettings => ({
  ...{ model: config.model, providerId: config.provider.id, effort: config.effort, summary: config.summary },
  ...{ approvalPolicy: config.approvalPolicy, sandboxPolicy: policyOfMode(config.sandboxMode, config) },
  ...{ cwd, workspaceRoots: [cwd], environments: defaultEnvironments(environments, cwd) },
  ...{ baseInstructions: null, developerInstructions: null },
})

const defaultEnvironments = ({ defaultId }: Environments, cwd: string): readonly ThreadEnvironment[] =>
  defaultId === undefined ? [] : [{ environmentId: defaultId, cwd, runtimeWorkspaceRoots: [cwd] }]

interface Within {
  readonly config: AgentConfig
  readonly environments: Environments
}

/** Throws RpcError for what there is not: environments, profiles, providers. */
export const changed = (now: ThreadSettings, change: SettingsChange, within: Within): ThreadSettings => {
  const { config } = within
  if (change.permissions && (change.sandbox || change.sandboxPolicy))
    throw new RpcError('invalidRequest', '`permissions` cannot be combined with `sandbox` or `sandboxPolicy`')
  const mode = change.collaborationMode?.settings
  const providerId = change.modelProvider ?? now.providerId
  if (change.modelProvider && !Object.hasOwn(config.providers, providerId) && config.provider.id !== providerId)
    throw new RpcError('invalidRequest', `Model provider \`${providerId}\` not found`)
  const sandboxPolicy =
    change.sandboxPolicy ??
    (change.sandbox ? policyOfMode(change.sandbox, config) : undefined) ??
    (change.permissions ? policyOfProfile(change.permissions, config) : undefined)
  return {
    ...{ model: text(mode?.['model']) ?? change.model ?? now.model, providerId },
    effort: text(mode?.['reasoning_effort']) ?? change.effort ?? now.effort,
    ...{ summary: change.summary ?? now.summary, approvalPolicy: change.approvalPolicy ?? now.approvalPolicy },
    sandboxPolicy: sandboxPolicy ?? now.sandboxPolicy,
    baseInstructions: change.baseInstructions ?? now.baseInstructions,
    developerInstructions:
      text(mode?.['developer_instructions']) ?? change.developerInstructions ?? now.developerInstructions,
    ...places(now, change, within.environments),
  }
}

/** The first environment and the thread are in the same folder. */
const places = (now: ThreadSettings, change: SettingsChange, known: Environments) => {
  if (change.environments) {
    const cwd = change.environments[0]?.cwd ?? change.cwd ?? now.cwd
    const environments = change.environments.map((choice) => {
      known.get(choice.environmentId)
      const own = choice.cwd ?? cwd
      return {
        environmentId: choice.environmentId,
        cwd: own,
        runtimeWorkspaceRoots: choice.runtimeWorkspaceRoots ?? [own],
      }
    })
    return { cwd, workspaceRoots: environments[0]?.runtimeWorkspaceRoots ?? [cwd], environments }
  }
  const cwd = change.cwd ? resolve(now.cwd, change.cwd) : now.cwd
  const moved = cwd !== now.cwd
  const workspaceRoots = change.runtimeWorkspaceRoots ?? (moved ? [cwd] : now.workspaceRoots)
  const [first, ...others] = now.environments
  if (!first || (!moved && !change.runtimeWorkspaceRoots))
    return { cwd, workspaceRoots, environments: now.environments }
  return { cwd, workspaceRoots, environments: [{ ...first, cwd, runtimeWorkspaceRoots: workspaceRoots }, ...others] }
}

/** For one turn. Throws MODEL_UNNAMED when no model is named anywhere. */
export const turnSettings = (settings: ThreadSettings, config: AgentConfig, outputSchema: unknown): TurnSettings => {
  const { model, providerId, ...rest } = settings
  if (!model) throw new AppError('MODEL_UNNAMED')
  const provider = Object.hasOwn(config.providers, providerId) ? config.providers[providerId] : undefined
  return { ...rest, model, provider: provider ?? config.provider, deniedPaths: config.deniedPaths, outputSchema }
}

export const contextLine = (turnId: string, settings: ThreadSettings): RolloutLine => ({
  type: 'turn_context',
  payload: {
    ...{ turn_id: turnId, cwd: settings.cwd, approval_policy: settings.approvalPolicy },
    ...{ sandbox_policy: policyLine(settings.sandboxPolicy), model: settings.model ?? '' },
    ...(settings.effort !== null && { effort: settings.effort }),
    summary: settings.summary ?? 'auto',
    ...(settings.developerInstructions !== null && { developer_instructions: settings.developerInstructions }),
    towline: {
      ...{ provider: settings.providerId, workspace_roots: settings.workspaceRoots },
      ...{ environments: settings.environments, summary: settings.summary },
    },
  },
})

/** As a thread worked when it was left; what its line does not say is as it begins. Environments that are gone are left out. */
export const settingsOfLine = (line: Json | undefined, fresh: ThreadSettings, known: Environments): ThreadSettings => {
  if (!line) return fresh
  const own = object(line['towline'])
  const cwd = text(line['cwd']) ?? fresh.cwd
  const before = changed(fresh, { cwd }, { config: { providers: {} } as AgentConfig, environments: known })
  const chosen = objects(own?.['environments'])
    .map((one) => ({
      ...{ environmentId: text(one['environmentId']) ?? '', cwd: text(one['cwd']) ?? cwd },
      runtimeWorkspaceRoots: texts(one['runtimeWorkspaceRoots']),
    }))
    .filter(({ environmentId }) => known.ids.includes(environmentId))
  return {
    ...before,
    ...{ model: text(line['model']) || fresh.model, effort: text(line['effort']) ?? fresh.effort },
    summary: own ? ((text(own['summary']) as ReasoningSummary | undefined) ?? null) : fresh.summary,
    providerId: text(own?.['provider']) ?? fresh.providerId,
    approvalPolicy: approvalOf(line['approval_policy']) ?? fresh.approvalPolicy,
    sandboxPolicy: policyOfLine(line['sandbox_policy']) ?? fresh.sandboxPolicy,
    workspaceRoots: own ? texts(own['workspace_roots']) : before.workspaceRoots,
    environments:
      Array.isArray(own?.['environments']) && (chosen.length > 0 || objects(own['environments']).length === 0)
        ? chosen
        : before.environments,
    developerInstructions: text(line['developer_instructions']) ?? fresh.developerInstructions,
  }
}

const approvalOf = (value: unknown): AskForApproval | undefined => {
  if (value === 'untrusted' || value === 'on-request' || value === 'never') return value
  // Of early versions: it asked after a failure.
  if (value === 'on-failure') return 'on-request'
  return object(value)?.['granular'] ? (value as AskForApproval) : undefined
}
