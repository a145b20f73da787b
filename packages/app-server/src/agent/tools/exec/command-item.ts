/** Owns the item that clients see of a command, from its start to its end. */
import { type AskedStatus, type CommandExecutionItem, commandLine } from '@towline/protocol'
import { commandActions } from '../../policy/command-actions.ts'
import type { Terminal } from './terminal.ts'

export interface CommandIdentity {
  readonly id: string
  /** As it is run. */
  readonly argv: readonly string[]
  readonly script: string
  readonly cwd: string
  readonly sessionId: number
}

export const commandItem = ({ id, argv, script, cwd, sessionId }: CommandIdentity): CommandExecutionItem => ({
  ...{ type: 'commandExecution', id, command: commandLine(argv), cwd, processId: String(sessionId), source: 'agent' },
  ...{ status: 'inProgress', commandActions: commandActions(script, cwd) },
  ...{ aggregatedOutput: null, exitCode: null, durationMs: null },
})

/** Of one that ended, or was ended. */
export const endedItem = (item: CommandExecutionItem, terminal: Terminal): CommandExecutionItem => {
  const exitCode = terminal.end?.exitCode ?? null
  return {
    ...item,
    status: exitCode === 0 ? 'completed' : 'failed',
    ...{ aggregatedOutput: terminal.aggregated, exitCode, durationMs: terminal.wallMs },
  }
}

/** Of one that never ran; `said` is why. */
export const unrunItem = (
  item: CommandExecutionItem,
  status: AskedStatus,
  said: string | null,
): CommandExecutionItem => ({
  ...item,
  ...{ status, aggregatedOutput: said, durationMs: 0 },
})
