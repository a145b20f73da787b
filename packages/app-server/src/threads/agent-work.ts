/** Owns the agent's work on a turn: what it is handed, what was said before and while it works, and that no word of it is lost. */
import { userMessage } from '../agent/context/messages.ts'
import type { RunTurn, TurnContext, TurnOutcome } from '../agent/turn.ts'
import type { ActiveTurn, Said } from './active-turn.ts'
import type { LiveThread } from './live-thread.ts'
import { turnSettings } from './thread-settings.ts'
import { uuid7 } from './uuid7.ts'

export interface AgentWork {
  readonly run: RunTurn
  /** Undefined when it goes on, or only makes the history shorter. */
  readonly said: Said | undefined
  readonly outputSchema: unknown
}

export const INTERRUPTED: TurnOutcome = { status: 'interrupted', error: null }

export const agentWork =
  (live: LiveThread, { run, said, outputSchema }: AgentWork) =>
  async (turn: ActiveTurn): Promise<TurnOutcome> => {
    if (said) live.history.answerWhatWasLeft()
    if (said) tell(live, turn, said)
    const context = await contextOf(live, turn, outputSchema).catch(async (error: unknown) => {
      if (said) await leave(live, said)
      throw error
    })
    if (turn.signal.aborted) {
      if (said) await leave(live, said)
      return INTERRUPTED
    }
    let outcome = await run(context, said?.input ?? [])
    // Said after the agent last looked.
    while (outcome.status === 'completed' && turn.waiting > 0) {
      const input = context.takeSteered().flatMap((late) => late.input)
      outcome = await run(context, input)
    }
    turn.end()
    for (const unheard of turn.takeSaid()) {
      if (live.writer.failure) break
      tell(live, turn, unheard)
      await leave(live, unheard)
    }
    return outcome
  }

const contextOf = async (live: LiveThread, turn: ActiveTurn, outputSchema: unknown): Promise<TurnContext> => {
  const { accepted, config, history, options, tokenUsage } = live
  const [settings, feed] = [turnSettings(live.settings, config, outputSchema), live.feedOf(turn)]
  const of = { turnId: turn.id, settings, feed }
  return {
    ...{ ...of, threadId: live.id, config, history, accepted, environments: options.environments, signal: turn.signal },
    tools: (await live.tools())?.sources(of) ?? [],
    record: (line) => live.writer.write(line),
    takeSteered: () => {
      const taken = turn.takeSaid()
      for (const said of taken) tell(live, turn, said)
      return taken
    },
    ...(tokenUsage && { usage: tokenUsage }),
  }
}

/** An input of a person, as an item. */
const tell = (live: LiveThread, turn: ActiveTurn, { input, clientId }: Said): void => {
  if (input.length === 0) return
  live.preview ||= wordsOf({ input, clientId })
  const at = live.now()
  const item = { type: 'userMessage', id: uuid7(at), clientId, content: input } as const
  const of = { threadId: live.id, turnId: turn.id }
  const feed = live.feedOf(turn)
  feed.emit('item/started', { ...of, item, startedAtMs: at })
  feed.emit('item/completed', { ...of, item, completedAtMs: at })
}

const wordsOf = ({ input }: Said): string =>
  input.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

/** Said to a turn that ended before its agent heard it: the agent hears of it with the next one. */
const leave = async (live: LiveThread, { input }: Said): Promise<void> => {
  if (input.length > 0 && !live.writer.failure) live.history.append(await userMessage(input))
}
