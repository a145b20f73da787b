/** Owns what the agent keeps of a thread between its turns: terminals that run on, and rules that a person allowed. */
import type { ThreadTokenUsage } from '@towline/protocol'
import type { CommandRule } from '../config/agent-config.ts'
import { Terminals } from './tools/exec/terminals.ts'

export class ThreadState {
  readonly terminals = new Terminals()
  /** Rules that were accepted; they are also in the files of rules, for threads that start later. */
  readonly rules: CommandRule[] = []
  /** As the running turn counts it; between turns it is the thread's. */
  usage: ThreadTokenUsage | undefined

  get isEmpty(): boolean {
    return this.terminals.isEmpty && this.rules.length === 0
  }
}
