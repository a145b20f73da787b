/** Owns which tools a turn has, and running the calls of one answer: beside each other where they may, answered in their order. */
import { LIMITS } from '@towline/protocol'
import type { ResponseItem } from '../../threads/rollout-line.ts'
import { Interrupted, SandboxFailure } from '../interrupted.ts'
import { orAborted } from '../or-aborted.ts'
import type { ToolCall, ToolOutput, ToolSpec } from '../tool.ts'
import type { TurnScope } from '../turn-scope.ts'
import { EXEC_COMMAND } from './exec/exec-command.ts'
import { truncated } from './exec/model-output.ts'
import { WRITE_STDIN } from './exec/write-stdin.ts'
import { type OwnTool, ToolRefusal } from './own-tool.ts'
import { APPLY_PATCH } from './patch/apply-patch.ts'
import { problemOf } from './problem.ts'
import { UPDATE_PLAN } from './update-plan.ts'
import { VIEW_IMAGE } from './view-image.ts'

const OWN: readonly OwnTool[] = [EXEC_COMMAND, WRITE_STDIN, APPLY_PATCH, UPDATE_PLAN, VIEW_IMAGE]

export const toolSpecs = async (scope: TurnScope): Promise<readonly ToolSpec[]> => {
  const theirs = await Promise.all(
    scope.context.tools.map((source) =>
      source.specs().catch((error: unknown) => {
        scope.teller.warn(`Some tools are left out: ${problemOf(error)}`)
        return []
      }),
    ),
  )
  const own = OWN.map((tool) => tool.spec(scope)).filter((spec) => spec !== undefined)
  return [...own, ...theirs.flat()]
}

/** Output items, one for each call, in the order of the calls. Never rejects; `ended` is why the turn ends, when it does. */
export interface CallResults {
  readonly outputs: readonly ResponseItem[]
  readonly ended: Interrupted | SandboxFailure | undefined
}

export const runCalls = async (scope: TurnScope, items: readonly ResponseItem[]): Promise<CallResults> => {
  const settled: PromiseSettledResult<ToolOutput>[] = []
  for (const group of groupsOf(items)) {
    settled.push(...(await Promise.allSettled(group.map((item) => runOne(scope, item)))))
  }
  const ended = settled
    .map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined))
    .find((reason) => reason instanceof SandboxFailure || reason instanceof Interrupted)
  return { outputs: items.map((item, index) => outputOf(item, settled[index])), ended: ended as CallResults['ended'] }
}

/** Neighbours that may run beside each other; any other is alone. */
const groupsOf = (items: readonly ResponseItem[]): readonly (readonly ResponseItem[])[] => {
  const groups: ResponseItem[][] = []
  let open = false
  for (const item of items) {
    const parallel = ownOf(callOf(item))?.parallel ?? true
    if (parallel && open) groups.at(-1)?.push(item)
    else groups.push([item])
    open = parallel
  }
  return groups
}

type Named = Pick<ToolCall, 'callId' | 'namespace' | 'name' | 'input'>

const callOf = (item: ResponseItem): Named => ({
  callId: String(item['call_id']),
  namespace: typeof item['namespace'] === 'string' ? item['namespace'] : null,
  name: String(item['name']),
  input: String(item.type === 'function_call' ? item['arguments'] : item['input']),
})

const ownOf = ({ namespace, name }: Pick<Named, 'namespace' | 'name'>): OwnTool | undefined =>
  namespace === null ? OWN.find((tool) => tool.name === name) : undefined

const runOne = async (scope: TurnScope, item: ResponseItem): Promise<ToolOutput> => {
  scope.signal.throwIfAborted()
  const call: ToolCall = { ...callOf(item), signal: scope.signal }
  if (call.input.length > LIMITS.agentInputChars)
    throw new ToolRefusal(`the input has more than ${LIMITS.agentInputChars} chars`)
  const own = ownOf(call)
  if (own !== undefined && own.spec(scope) !== undefined) return own.run(scope, call)
  const source = scope.context.tools.find((one) => one.has(call))
  if (source === undefined) throw new ToolRefusal(`unsupported call: ${call.namespace ?? ''}${call.name}`)
  return bounded(await orAborted(source.call(call), scope.signal))
}

/** Others may answer anything; of long texts the model gets the beginning and the end. */
const bounded = (output: ToolOutput): ToolOutput => {
  const cut = (text: string): string => truncated(text, LIMITS.agentOutputTokens)
  if (typeof output === 'string') return cut(output)
  return output.slice(0, LIMITS.agentOutputParts).map((part) => {
    if (part.type === 'input_text') return { ...part, text: cut(part.text) }
    if (part.image_url.length <= LIMITS.agentImageBytes * BASE64) return part
    return { type: 'input_text', text: `[an image of more than ${LIMITS.agentImageBytes} bytes was left out]` }
  })
}

/** Chars for a byte, and some for what stands before. */
const BASE64 = 1.34

const ABORTED = 'aborted by user'

const outputOf = (item: ResponseItem, result: PromiseSettledResult<ToolOutput> | undefined): ResponseItem => ({
  type: item.type === 'function_call' ? 'function_call_output' : 'custom_tool_call_output',
  ...{ call_id: item['call_id'], output: result?.status === 'fulfilled' ? result.value : toldOf(result?.reason) },
})

const toldOf = (reason: unknown): string => {
  if (reason instanceof Interrupted) return ABORTED
  if (reason instanceof ToolRefusal || reason instanceof SandboxFailure) return reason.message
  return `the tool failed: ${problemOf(reason)}`
}

/** Calls beyond the bound are answered, and not run. */
export const splitCalls = (items: readonly ResponseItem[]) => ({
  run: items.slice(0, LIMITS.agentCalls),
  refused: items
    .slice(LIMITS.agentCalls)
    .map((item) => outputOf(item, { status: 'rejected', reason: new ToolRefusal('too many calls in one answer') })),
})
