/** Owns how a turn is asked for, steered and interrupted. */
import type { TurnSettingsParams } from './settings.ts'
import type { Turn } from './turn.ts'
import type { UserInput } from './user-input.ts'

/** Told to the model, and not shown as the person's words. */
export interface AdditionalContext {
  readonly value: string
  readonly kind: 'untrusted' | 'application'
  readonly name?: string | null
}

interface Said {
  readonly threadId: string
  readonly input: readonly UserInput[]
  /** Comes back as `clientId` of the item. */
  readonly clientUserMessageId?: string | null
  readonly additionalContext?: Readonly<Record<string, AdditionalContext>> | null
}

/** What is set stays for the turns that follow, but for the schema and the context. */
export interface TurnStartParams extends Said, TurnSettingsParams {
  readonly runtimeWorkspaceRoots?: readonly string[] | null
  /** A JSON Schema that the last message keeps to. */
  readonly outputSchema?: unknown
}

export interface TurnSteerParams extends Said {
  /** Refused when another turn runs, or none. */
  readonly expectedTurnId: string
}

export interface TurnMethods {
  /** While a turn runs it is steered, and answered with that turn. */
  readonly 'turn/start': { readonly params: TurnStartParams; readonly result: { readonly turn: Turn } }
  readonly 'turn/steer': { readonly params: TurnSteerParams; readonly result: { readonly turnId: string } }
  readonly 'turn/interrupt': {
    readonly params: { readonly threadId: string; readonly turnId: string }
    readonly result: object
  }
}
