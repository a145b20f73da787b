/** Owns what an app-server asks its clients, by method: the question, and what may be answered. */
import type { CommandAction, DynamicToolContent } from './item.ts'

interface OfItem {
  readonly threadId: string
  readonly turnId: string
  readonly itemId: string
  readonly startedAtMs: number
}

export type ApprovalDecision = 'accept' | 'acceptForSession' | 'decline' | 'cancel'

export type CommandDecision =
  | ApprovalDecision
  /** Also later, for commands that begin with these words. */
  | { readonly acceptWithExecpolicyAmendment: { readonly execpolicy_amendment: readonly string[] } }

export interface CommandApproval extends OfItem {
  readonly kind: 'command'
  readonly environmentId: string | null
  readonly reason: string | null
  readonly command: string
  readonly cwd: string
  readonly commandActions: readonly CommandAction[]
  readonly proposedExecpolicyAmendment: readonly string[] | null
  readonly availableDecisions?: readonly CommandDecision[]
}

export interface FileChangeApproval extends OfItem {
  readonly reason: string | null
  readonly grantRoot: string | null
}

export interface Elicitation {
  readonly threadId: string
  readonly turnId: string | null
  readonly serverName: string
  readonly mode: 'form' | 'url'
  readonly message: string
  readonly requestedSchema?: unknown
  readonly url?: string
  readonly elicitationId?: string
  readonly _meta: unknown
}

/** Question and answer, by method. */
export interface ServerRequests {
  readonly 'item/commandExecution/requestApproval': {
    readonly params: CommandApproval
    readonly result: { readonly decision: CommandDecision }
  }
  readonly 'item/fileChange/requestApproval': {
    readonly params: FileChangeApproval
    readonly result: { readonly decision: ApprovalDecision }
  }
  readonly 'mcpServer/elicitation/request': {
    readonly params: Elicitation
    readonly result: {
      readonly action: 'accept' | 'decline' | 'cancel'
      readonly content: unknown
      readonly _meta?: unknown
    }
  }
  readonly 'item/tool/call': {
    readonly params: {
      readonly threadId: string
      readonly turnId: string
      readonly callId: string
      readonly namespace: string | null
      readonly tool: string
      readonly arguments: unknown
    }
    readonly result: { readonly contentItems: readonly DynamicToolContent[]; readonly success: boolean }
  }
}

export type ServerRequest = keyof ServerRequests
