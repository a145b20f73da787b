/** Owns the methods that run turns: start, steer, interrupt. */
import { LIMITS, type UserInput } from '@towline/protocol'
import { z } from 'zod'
import { RpcError } from '../rpc/rpc-error.ts'
import { type MethodTable, method } from '../server/method.ts'
import { TURN_SETTINGS, text, threadId, userInput } from './thread-fields.ts'
import { laneOf, type ThreadServices } from './thread-services.ts'

export const TURN_METHODS: MethodTable<ThreadServices> = {
  'turn/start': method({
    params: z.looseObject({
      ...{ ...TURN_SETTINGS, threadId, input: userInput, clientUserMessageId: text },
      outputSchema: z.unknown().optional(),
    }),
    begins: true,
    experimentalFields: ['environments'],
    lane: laneOf,
    run: async ({ threads }, params) => {
      const live = threads.get(params.threadId)
      bounded(params.input)
      const { input, clientUserMessageId, outputSchema } = params
      return {
        turn: await live.startTurn({ input, clientId: clientUserMessageId ?? null, change: params, outputSchema }),
      }
    },
  }),
  'turn/steer': method({
    params: z.looseObject({ threadId, input: userInput, expectedTurnId: z.string(), clientUserMessageId: text }),
    lane: laneOf,
    run: ({ threads }, params) => {
      const live = threads.get(params.threadId)
      if (live.active && params.expectedTurnId === live.active.id && params.input.length === 0)
        throw new RpcError('invalidRequest', 'input must not be empty')
      bounded(params.input)
      const said = { input: params.input, clientId: params.clientUserMessageId ?? null }
      return { turnId: live.steer(said, params.expectedTurnId).id }
    },
  }),
  'turn/interrupt': method({
    params: z.looseObject({ threadId, turnId: z.string() }),
    lane: laneOf,
    run: ({ threads }, params) => {
      threads.get(params.threadId).interrupt(params.turnId)
      return {}
    },
  }),
}

const bounded = (input: readonly UserInput[]): void => {
  const chars = input.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0)
  if (chars > LIMITS.turnInputChars)
    throw new RpcError('invalidParams', `Input exceeds the maximum length of ${LIMITS.turnInputChars} characters.`)
}
