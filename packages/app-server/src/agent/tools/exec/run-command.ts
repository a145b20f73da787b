/** Owns running a command that may run: its start, the wait for it, a second try without the sandbox, and its end when a person interrupts. */
import type { CommandExecutionItem, SandboxContext } from '@towline/protocol'
import type { CommandStart, RunningCommand } from '../../../environments/environment.ts'
import { SandboxFailure } from '../../interrupted.ts'
import { orAborted } from '../../or-aborted.ts'
import { unsandboxed } from '../../policy/sandbox-context.ts'
import type { Place, TurnScope } from '../../turn-scope.ts'
import { problemOf, sandboxProblem } from '../problem.ts'
import { ToolRefusal } from '../own-tool.ts'
import { endedItem, unrunItem } from './command-item.ts'
import { Terminal } from './terminal.ts'

export interface Attempt {
  readonly scope: TurnScope
  readonly item: CommandExecutionItem
  readonly place: Place
  readonly sessionId: number
  readonly argv: readonly string[]
  readonly tty: boolean
  readonly sandbox: SandboxContext | null
  readonly yieldMs: number
}

/** Programs that page or colour would only cost tokens. */
const ENV: Readonly<Record<string, string>> = {
  ...{ TERM: 'dumb', NO_COLOR: '1', PAGER: 'cat', GIT_PAGER: 'cat', GH_PAGER: 'cat' },
}

/**
 * Ended, or in the background. `leaving` asks a person to run it without the sandbox that it failed in; undefined when nobody is asked.
 * Rejects with ToolRefusal, SandboxFailure, or as the signal aborted; the item is closed then.
 */
export const runCommand = async (attempt: Attempt, leaving?: () => Promise<boolean>): Promise<Terminal> => {
  const { scope, item, place } = attempt
  const terminal = await start(attempt)
  await settle(attempt, terminal)
  if (terminal.end === undefined) return background(attempt, terminal)
  if (terminal.end.sandboxDenied && leaving !== undefined) {
    const free = await leaving().catch((error: unknown) => {
      scope.teller.completed(endedItem(item, terminal))
      throw error
    })
    if (free) return runCommand({ ...attempt, sandbox: unsandboxed(place.sandbox) })
  }
  scope.teller.completed(endedItem(item, terminal))
  return terminal
}

const start = async (attempt: Attempt): Promise<Terminal> => {
  const { scope, item, place, sessionId, tty } = attempt
  const terminal = new Terminal({
    ...{ sessionId, itemId: item.id, command: item.command, cwd: item.cwd, tty },
    environmentId: place.environmentId,
    live: (delta) => scope.teller.tell('item/commandExecution/outputDelta', { itemId: item.id, delta }),
  })
  try {
    const starting = place.environment.start(startOf(attempt), terminal)
    terminal.began(await orAborted(starting, scope.signal).catch((error: unknown) => leave(starting, error)))
  } catch (error) {
    scope.teller.completed(unrunItem(item, 'failed', scope.signal.aborted ? null : problemOf(error)))
    scope.signal.throwIfAborted()
    const problem = sandboxProblem(error)
    if (problem !== undefined) throw new SandboxFailure(problem)
    throw new ToolRefusal(`the command could not be started: ${problemOf(error)}`)
  }
  return terminal
}

/** When it starts after all, it ends at once. */
const leave = (starting: Promise<RunningCommand>, error: unknown): never => {
  void starting.then((late) => late.terminate()).catch(() => undefined)
  throw error
}

const startOf = ({ scope, item, argv, sandbox, tty }: Attempt): CommandStart => ({
  ...{ argv, cwd: item.cwd, env: ENV, envPolicy: scope.context.config.envPolicy, tty, stdin: false, sandbox },
  metadata: { threadId: scope.teller.threadId, toolCallId: item.id },
})

/** Waits; when the turn is interrupted the command ends with it. */
const settle = async ({ scope, item, yieldMs }: Attempt, terminal: Terminal): Promise<void> => {
  try {
    await terminal.wait(yieldMs, scope.signal)
  } catch (error) {
    await terminal.terminate()
    scope.teller.completed({ ...endedItem(item, terminal), status: 'failed' })
    throw error
  }
}

/** It goes on: its item ends when it does, whatever became of the turn. */
const background = ({ scope, item }: Attempt, terminal: Terminal): Terminal => {
  scope.thread.terminals.keep(terminal)
  void terminal.ended.then(() => scope.teller.completed(endedItem(item, terminal)))
  return terminal
}
