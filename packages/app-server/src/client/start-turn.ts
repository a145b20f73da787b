/** Owns sending what a person said, once: when the connection breaks before the answer, the thread is looked at first. */
import { AppError, type Thread, type Turn, type UserInput } from '@towline/protocol'
import type { AppClient } from './app-client.ts'
import { threadIn } from './app-messages.ts'

export interface TurnRequest {
  readonly threadId: string
  /** Made for this message alone. */
  readonly clientUserMessageId: string
  readonly input: readonly UserInput[]
  /** Overrides of this turn, such as `outputSchema`. */
  readonly overrides?: object
  readonly signal?: AbortSignal
}

/** The turn that took it; one that ran already is steered by it. Rejects as requests do. */
export const startTurn = async (client: AppClient, request: TurnRequest): Promise<Pick<Turn, 'id' | 'status'>> => {
  const { threadId, clientUserMessageId, input, overrides, signal } = request
  const options = signal ? { signal } : {}
  for (;;) {
    try {
      const params = { threadId, clientUserMessageId, input, ...overrides }
      return (await client.request<{ readonly turn: Turn }>('turn/start', params, options)).turn
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'APP_SERVER_LOST') throw error
    }
    const read = await client.request('thread/read', { threadId, includeTurns: true }, { ...options, repeat: true })
    const taken = takenBy(threadIn(read), request)
    if (taken) return taken
  }
}

/** Stock servers may forget how a client called a message: then the last one counts when it says the same. */
const takenBy = (thread: Thread | undefined, { clientUserMessageId, input }: TurnRequest): Turn | undefined => {
  const turns = thread?.turns ?? []
  return turns.findLast(({ items }, at) =>
    items.some((item) => {
      if (item.type !== 'userMessage') return false
      if (item.clientId) return item.clientId === clientUserMessageId
      return at === turns.length - 1 && textOf(item.content) === textOf(input)
    }),
  )
}

const textOf = (input: readonly UserInput[]): string =>
  input.map((part) => (part.type === 'text' ? part.text : part.type)).join('\n')
