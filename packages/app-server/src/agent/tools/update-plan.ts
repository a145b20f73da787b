/** Owns the tool by which the model shows its plan. */
import { LIMITS } from '@towline/protocol'
import type { PlanStep } from '@towline/protocol'
import { z } from 'zod'
import type { ToolSpec } from '../tool.ts'
import type { OwnTool } from './own-tool.ts'
import { parseInput } from './parse-input.ts'

const STATUS = { pending: 'pending', in_progress: 'inProgress', completed: 'completed' } as const

const INPUT = z.object({
  explanation: z.string().nullish(),
  plan: z
    .array(z.object({ step: z.string(), status: z.enum(['pending', 'in_progress', 'completed']) }))
    .max(LIMITS.agentPlanSteps),
})

const SPEC: ToolSpec = {
  ...{ type: 'function', name: 'update_plan', strict: false },
  description: 'Shows the person the steps of your plan and how far they are. At most one is in_progress at a time.',
  parameters: {
    ...{ type: 'object', required: ['plan'], additionalProperties: false },
    properties: {
      explanation: { type: 'string' },
      plan: {
        type: 'array',
        items: {
          ...{ type: 'object', required: ['step', 'status'], additionalProperties: false },
          properties: {
            step: { type: 'string' },
            status: { type: 'string', enum: Object.keys(STATUS) },
          },
        },
      },
    },
  },
}

export const UPDATE_PLAN: OwnTool = {
  name: 'update_plan',
  parallel: false,
  spec: () => SPEC,
  run: ({ teller }, call) => {
    const { explanation, plan } = parseInput(INPUT, call.input)
    const steps: readonly PlanStep[] = plan.map(({ step, status }) => ({ step, status: STATUS[status] }))
    teller.tell('turn/plan/updated', { explanation: explanation ?? null, plan: steps })
    return Promise.resolve('Plan updated')
  },
}
