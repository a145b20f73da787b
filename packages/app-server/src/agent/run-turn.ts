/** Owns the loop of a turn: the model is asked, its calls are run, what a person adds is heard, until there is nothing more to do. */
import { AppError, LIMITS, type TurnError, type UserInput } from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'
import type { ResponseItem } from '../threads/rollout-line.ts'
import { compact } from './compact.ts'
import { BASE_INSTRUCTIONS } from './context/base-instructions.ts'
import { userMessage } from './context/messages.ts'
import { missingMessages } from './context/turn-messages.ts'
import { Interrupted, SandboxFailure } from './interrupted.ts'
import { askModel, isCall } from './model/ask-model.ts'
import type { ModelClient } from './model/model-client.ts'
import { ModelFailure } from './model/model-failure.ts'
import { unansweredCalls } from './model/model-request.ts'
import { orAborted } from './or-aborted.ts'
import { problemOf } from './tools/problem.ts'
import { runCalls, splitCalls, toolSpecs } from './tools/toolbox.ts'
import type { TurnOutcome } from './turn.ts'
import type { TurnScope } from './turn-scope.ts'

const COMPLETED: TurnOutcome = { status: 'completed', error: null }
const INTERRUPTED: TurnOutcome = { status: 'interrupted', error: null }

/** Works on the turn; see RunTurn. */
export const workOn = (scope: TurnScope, client: ModelClient, input: readonly UserInput[]): Promise<TurnOutcome> =>
  settled(scope, async () => {
    const { history } = scope.context
    if (input.length === 0) await resumeCalls(scope)
    const said = input.length > 0 ? [await userMessage(input)] : []
    const context = await orAborted(missingMessages(scope.context), scope.signal).catch((error: unknown) => {
      // Clients were shown it: the next turn tells the model.
      history.append(...said)
      throw error
    })
    history.append(...context, ...said)
    await new Loop(scope, client).run()
  })

/** Calls that the end of the server cut off: those that a person is asked about are asked again. */
const resumeCalls = async (scope: TurnScope): Promise<void> => {
  const { history } = scope.context
  const calls = unansweredCalls(history.items)
  const { outputs, ended } = await runCalls({ ...scope, isResumed: true }, calls)
  history.append(...outputs)
  if (ended !== undefined) throw ended
}

/** Makes room in the history, and nothing else. */
export const compactOnly = (scope: TurnScope, client: ModelClient): Promise<TurnOutcome> =>
  settled(scope, () => compact(scope, client, instructionsOf(scope)))

/** How the work ended, in the words of a turn. */
const settled = async (scope: TurnScope, work: () => Promise<void>): Promise<TurnOutcome> => {
  try {
    await work()
    return COMPLETED
  } catch (error) {
    if (scope.signal.aborted || error instanceof Interrupted) return INTERRUPTED
    const told = turnErrorOf(error)
    // Anything else is our own bug: the thread tells it as one.
    if (told === undefined) throw error
    return { status: 'failed', error: told }
  }
}

const turnErrorOf = (error: unknown): TurnError | undefined => {
  if (error instanceof ModelFailure) return error.turnError
  if (error instanceof SandboxFailure)
    return { message: error.message, codexErrorInfo: 'sandboxError', additionalDetails: null }
  if (!(error instanceof AppError) && !(error instanceof RpcError)) return undefined
  return { message: problemOf(error), codexErrorInfo: 'other', additionalDetails: null }
}

const instructionsOf = ({ context }: TurnScope): string => context.settings.baseInstructions ?? BASE_INSTRUCTIONS

/** A share of the window that is left for the next answer. */
const FULL = 0.9

class Loop {
  readonly #scope: TurnScope
  readonly #client: ModelClient
  #hasCompacted = false

  constructor(scope: TurnScope, client: ModelClient) {
    this.#scope = scope
    this.#client = client
  }

  async run(): Promise<void> {
    for (let step = 0; step < LIMITS.agentSteps; step += 1) {
      this.#scope.signal.throwIfAborted()
      await this.#hear()
      if (this.#isFull()) await this.#compact()
      const calls = (await this.#ask()).filter(isCall)
      if (calls.length > 0) await this.#runCalls(calls)
      else if (!(await this.#hear())) return
    }
    throw new ModelFailure({
      message: `The turn was ended: the model was asked ${LIMITS.agentSteps} times.`,
      ...{ info: 'other', retryable: false, during: 'request' },
    })
  }

  /** Takes what a person said meanwhile; answers whether there was something. */
  async #hear(): Promise<boolean> {
    const { context } = this.#scope
    const said = context.takeSteered()
    for (const { input } of said) context.history.append(await userMessage(input))
    return said.length > 0
  }

  /** Where the history is too long it is compacted once, and asked again. */
  async #ask(): Promise<readonly ResponseItem[]> {
    const scope = this.#scope
    const { history } = scope.context
    const tools = await orAborted(toolSpecs(scope), scope.signal)
    const ask = (): Promise<readonly ResponseItem[]> =>
      askModel(scope, {
        ...{ client: this.#client, instructions: instructionsOf(scope), tools, shown: true },
        items: () => history.items,
        whole: (item) => history.append(item),
      })
    try {
      const items = await ask()
      this.#hasCompacted = false
      return items
    } catch (error) {
      const tooLong = error instanceof ModelFailure && error.info === 'contextWindowExceeded'
      if (!tooLong || this.#hasCompacted) throw error
      await this.#compact()
      return ask()
    }
  }

  async #runCalls(calls: readonly ResponseItem[]): Promise<void> {
    const { run, refused } = splitCalls(calls)
    const { outputs, ended } = await runCalls(this.#scope, run)
    this.#scope.context.history.append(...outputs, ...refused)
    if (ended !== undefined) throw ended
  }

  #isFull(): boolean {
    const { context, thread } = this.#scope
    const { autoCompactTokenLimit, modelContextWindow } = context.config
    const most = autoCompactTokenLimit ?? (modelContextWindow === undefined ? undefined : modelContextWindow * FULL)
    return most !== undefined && (thread.usage?.last.totalTokens ?? 0) >= most
  }

  async #compact(): Promise<void> {
    this.#hasCompacted = true
    await compact(this.#scope, this.#client, instructionsOf(this.#scope))
  }
}
