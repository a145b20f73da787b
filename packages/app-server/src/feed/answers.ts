/** Owns what may be answered to a question, and what holds when nobody who was asked can answer it. */
import type { ActiveFlag } from '@towline/protocol'
import { z } from 'zod'

interface Answer {
  readonly schema: z.ZodType<object>
  /** When all who watch answered with an error: nothing is allowed that nobody allowed. */
  readonly refusal: object
  /** What the thread waits for meanwhile. */
  readonly flag?: ActiveFlag
}

const decision = z.enum(['accept', 'acceptForSession', 'decline', 'cancel'])
const commandDecision = z.union([
  decision,
  z.object({
    acceptWithExecpolicyAmendment: z.object({ execpolicy_amendment: z.array(z.string().max(4096)).min(1).max(256) }),
  }),
])
const content = z.discriminatedUnion('type', [
  z.object({ type: z.literal('inputText'), text: z.string() }),
  z.object({ type: z.literal('inputImage'), imageUrl: z.string() }),
])

/** By method. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  'item/commandExecution/requestApproval': {
    schema: z.object({ decision: commandDecision }),
    refusal: { decision: 'decline' },
    flag: 'waitingOnApproval',
  },
  'item/fileChange/requestApproval': {
    schema: z.object({ decision }),
    refusal: { decision: 'decline' },
    flag: 'waitingOnApproval',
  },
  'mcpServer/elicitation/request': {
    schema: z.looseObject({ action: z.enum(['accept', 'decline', 'cancel']), content: z.unknown().optional() }),
    refusal: { action: 'cancel', content: null },
    flag: 'waitingOnApproval',
  },
  'item/tool/call': {
    schema: z.object({ contentItems: z.array(content), success: z.boolean() }),
    refusal: { contentItems: [], success: false },
  },
}
