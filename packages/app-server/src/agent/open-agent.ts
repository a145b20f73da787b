/** Owns the agent: what it keeps of threads between their turns, and the ways in to it. */
import { randomUUID } from 'node:crypto'
import type { UserInput } from '@towline/protocol'
import type { ConfigSource } from '../config/agent-config.ts'
import { Interrupted } from './interrupted.ts'
import { ModelClient } from './model/model-client.ts'
import { compactOnly, workOn } from './run-turn.ts'
import { Teller } from './teller.ts'
import { ThreadState } from './thread-state.ts'
import { TurnDiff } from './tools/patch/turn-diff.ts'
import type { RunTurn, TurnContext, TurnOutcome } from './turn.ts'
import type { TurnScope } from './turn-scope.ts'

export interface AgentOptions {
  /** Where keys of model providers are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Remembers a rule that a person allowed. */
  readonly allow: ConfigSource['allow']
  readonly newId?: () => string
}

/** A command of a thread that runs in the background. */
export interface BackgroundTerminal {
  readonly processId: string
  /** Of its item. */
  readonly itemId: string
  readonly command: string
  readonly cwd: string
  readonly environmentId: string
}

export interface Agent {
  readonly runTurn: RunTurn
  /** For `thread/compact/start`: a turn without input that only makes room in the history. */
  readonly compactTurn: (context: TurnContext) => Promise<TurnOutcome>
  terminals(threadId: string): readonly BackgroundTerminal[]
  /** Answers whether it ran. */
  endTerminal(threadId: string, processId: string): Promise<boolean>
  endTerminals(threadId: string): Promise<void>
  /** When a thread is unloaded: its terminals end, and nothing is kept of it. */
  forget(threadId: string): Promise<void>
  close(): Promise<void>
}

export const openAgent = (options: AgentOptions): Agent => new OpenAgent(options)

const FIRST_SESSION_ID = 1000

class OpenAgent implements Agent {
  readonly #options: AgentOptions
  readonly #threads = new Map<string, ThreadState>()
  #lastSessionId = FIRST_SESSION_ID

  constructor(options: AgentOptions) {
    this.#options = options
  }

  readonly runTurn: RunTurn = (context: TurnContext, input: readonly UserInput[]) => {
    const scope = this.#scope(context)
    return workOn(scope, this.#client(context), input).finally(() => this.#tidy(context.threadId))
  }

  readonly compactTurn = (context: TurnContext): Promise<TurnOutcome> =>
    compactOnly(this.#scope(context), this.#client(context)).finally(() => this.#tidy(context.threadId))

  terminals(threadId: string): readonly BackgroundTerminal[] {
    const running = this.#threads.get(threadId)?.terminals.running ?? []
    return running.map(({ options: { sessionId, itemId, command, cwd, environmentId } }) => ({
      ...{ processId: String(sessionId), itemId, command, cwd, environmentId },
    }))
  }

  async endTerminal(threadId: string, processId: string): Promise<boolean> {
    const terminal = this.#threads.get(threadId)?.terminals.find(Number(processId))
    if (terminal === undefined || terminal.end) return false
    await terminal.terminate()
    return true
  }

  async endTerminals(threadId: string): Promise<void> {
    await this.#threads.get(threadId)?.terminals.endAll()
  }

  async forget(threadId: string): Promise<void> {
    const thread = this.#threads.get(threadId)
    this.#threads.delete(threadId)
    await thread?.terminals.endAll()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#threads.keys()].map((threadId) => this.forget(threadId)))
  }

  /** Threads come and go by the hundred, most with nothing to keep. */
  #tidy(threadId: string): void {
    if (this.#threads.get(threadId)?.isEmpty) this.#threads.delete(threadId)
  }

  #client({ settings, threadId }: TurnContext): ModelClient {
    return new ModelClient({ provider: settings.provider, env: this.#options.env, threadId })
  }

  #scope(context: TurnContext): TurnScope {
    const { threadId, usage, signal } = context
    const thread = this.#threads.get(threadId) ?? new ThreadState()
    this.#threads.set(threadId, thread)
    thread.usage = usage
    const ended = new AbortController()
    const abort = (): void => ended.abort(new Interrupted())
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    return {
      ...{ context, thread, teller: new Teller(context), diff: new TurnDiff() },
      ...{ signal: ended.signal, cancel: abort, allow: this.#options.allow, isResumed: false },
      newId: this.#options.newId ?? randomUUID,
      nextSessionId: () => (this.#lastSessionId += 1),
    }
  }
}
