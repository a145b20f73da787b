/** Owns what is answered to whoever starts, resumes or forks a thread, and what it is told after that. */
import type { Turn } from '@towline/protocol'
import type { Caller } from '../server/method.ts'
import type { LiveThread } from '../threads/live-thread.ts'

/** `towline`: what stock clients do not read. */
export const openedAnswer = (live: LiveThread, turns: readonly Turn[], damage?: string) => {
  const { settings, config } = live
  return {
    thread: live.view(turns),
    ...{ model: settings.model ?? '', modelProvider: settings.providerId, serviceTier: null, disabledPluginIds: [] },
    ...{ cwd: settings.cwd, runtimeWorkspaceRoots: settings.workspaceRoots },
    instructionSources: config.instructions.map(({ path }) => path),
    ...{ approvalPolicy: settings.approvalPolicy, approvalsReviewer: 'user', sandbox: settings.sandboxPolicy },
    ...{ activePermissionProfile: null, reasoningEffort: settings.effort, multiAgentMode: 'explicitRequestOnly' },
    towline: { seq: live.feed.lastSeq, plan: live.plan ?? null, approvals: live.answers, damage: damage ?? null },
  }
}

/** Where the thread stands, to one who has just come: tokens, plan, and what is wrong with its file. */
export const tellWhereItStands = (live: LiveThread, caller: Caller, damage?: string): void => {
  const threadId = live.id
  const { tokenUsage, plan } = live
  const turnId = plan?.turnId ?? live.active?.id ?? ''
  if (tokenUsage) caller.notify('thread/tokenUsage/updated', { threadId, turnId, tokenUsage })
  if (plan) caller.notify('turn/plan/updated', { threadId, ...plan })
  for (const message of [...live.config.warnings, ...(damage === undefined ? [] : [damage])])
    caller.notify('warning', { threadId, message })
}
