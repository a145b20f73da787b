/** Owns what tools and the loop share while one turn is worked on. */
import type { ThreadEnvironment } from '@towline/protocol'
import type { Environment } from '../environments/environment.ts'
import type { SandboxScope } from './policy/sandbox-context.ts'
import type { Teller } from './teller.ts'
import type { ThreadState } from './thread-state.ts'
import type { TurnDiff } from './tools/patch/turn-diff.ts'
import type { TurnContext } from './turn.ts'

export interface TurnScope {
  readonly context: TurnContext
  readonly teller: Teller
  readonly thread: ThreadState
  /** Aborts when a person interrupts, or cancels at a question. */
  readonly signal: AbortSignal
  readonly cancel: () => void
  /** Remembers a rule that a person allowed. */
  readonly allow: (pattern: readonly string[]) => Promise<void>
  readonly newId: () => string
  /** What the model calls a command by; never given twice. */
  readonly nextSessionId: () => number
  /** The calls were begun by a server that has ended: what may have run in part is not run again. */
  readonly isResumed: boolean
  /** What patches of this turn made of files. */
  readonly diff: TurnDiff
}

/** Where a call of a tool works. */
export interface Place {
  readonly environment: Environment
  readonly environmentId: string
  readonly cwd: string
  readonly sandbox: SandboxScope
}

/** Undefined for one that this turn does not have; without an id it is the primary one. */
export const placeOf = ({ context }: TurnScope, environmentId?: string): Place | undefined => {
  const { environments, cwd } = context.settings
  const [primary] = environments
  const found = environmentId === undefined ? primary : environments.find((one) => one.environmentId === environmentId)
  if (found === undefined) return undefined
  return {
    environment: context.environments.get(found.environmentId),
    environmentId: found.environmentId,
    cwd: found === primary ? cwd : found.cwd,
    sandbox: scopeOf(context, found, found === primary),
  }
}

/** The machine that the home lies on. */
const LOCAL = 'local'

const scopeOf = ({ settings, config }: TurnContext, at: ThreadEnvironment, isPrimary: boolean): SandboxScope => ({
  policy: settings.sandboxPolicy,
  cwd: isPrimary ? settings.cwd : at.cwd,
  workspaceRoots: isPrimary ? settings.workspaceRoots : at.runtimeWorkspaceRoots,
  deniedPaths: settings.deniedPaths,
  keptPaths: at.environmentId === LOCAL ? config.keptPaths : [],
})
