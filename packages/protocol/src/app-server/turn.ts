/** Owns a turn: one input of a person and all that the agent does about it. */
import type { ThreadItem } from './item.ts'

export type TurnStatus = 'completed' | 'interrupted' | 'failed' | 'inProgress'

interface HttpFailure {
  readonly httpStatusCode: number | null
}

/** Which sort of failure, in words that clients know. */
export type CodexErrorInfo =
  | 'contextWindowExceeded'
  | 'sessionBudgetExceeded'
  | 'usageLimitExceeded'
  | 'rateLimitExceeded'
  | 'serverOverloaded'
  | 'modelNotFound'
  | 'cyberPolicy'
  | 'tooManyDenials'
  | 'internalServerError'
  | 'unauthorized'
  | 'badRequest'
  | 'sandboxError'
  | 'other'
  /** Of a turn that takes no further words. */
  | { readonly activeTurnNotSteerable: { readonly turnKind: 'review' | 'compact' } }
  | { readonly httpConnectionFailed: HttpFailure }
  | { readonly responseStreamConnectionFailed: HttpFailure }
  | { readonly responseStreamDisconnected: HttpFailure }
  | { readonly responseTooManyFailedAttempts: HttpFailure }

export interface TurnError {
  readonly message: string
  readonly codexErrorInfo: CodexErrorInfo | null
  readonly additionalDetails: string | null
}

/** How much of a turn's items is told. */
export type TurnItemsView = 'notLoaded' | 'summary' | 'full'

export interface Turn {
  /** UUIDv7. */
  readonly id: string
  readonly items: readonly ThreadItem[]
  readonly itemsView: TurnItemsView
  readonly status: TurnStatus
  readonly error: TurnError | null
  /** Unix seconds. */
  readonly startedAt: number | null
  readonly completedAt: number | null
  readonly durationMs: number | null
}

export interface PlanStep {
  readonly step: string
  readonly status: 'pending' | 'inProgress' | 'completed'
}

/** Tokens of one answer of the model, or of all. */
export interface TokenUsage {
  readonly totalTokens: number
  readonly inputTokens: number
  readonly cachedInputTokens: number
  readonly cacheWriteInputTokens: number
  readonly outputTokens: number
  readonly reasoningOutputTokens: number
}

export interface ThreadTokenUsage {
  readonly total: TokenUsage
  readonly last: TokenUsage
  readonly modelContextWindow: number | null
}
