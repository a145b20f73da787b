/** Owns tools that clients of a thread brought with them: the model calls, a client does the work. */
import type { DynamicToolCallItem, DynamicToolContent } from '@towline/protocol'
import type { Teller } from '../teller.ts'
import type { ToolCall, ToolOutput, ToolSource, ToolSpec } from '../tool.ts'
import { problemOf } from './problem.ts'

/** As `thread/start` takes them. */
export type DynamicTool =
  | {
      readonly type?: 'function'
      readonly name: string
      readonly description: string
      readonly inputSchema: unknown
    }
  | {
      readonly type: 'namespace'
      readonly name: string
      readonly description: string
      readonly tools: readonly {
        readonly name: string
        readonly description: string
        readonly inputSchema: unknown
      }[]
    }

/** Asks whoever watches the thread; where nobody does the call waits, as every question does. */
export class DynamicTools implements ToolSource {
  readonly #tools: readonly DynamicTool[]
  readonly #teller: Teller

  constructor(tools: readonly DynamicTool[], teller: Teller) {
    this.#tools = tools
    this.#teller = teller
  }

  specs(): Promise<readonly ToolSpec[]> {
    return Promise.resolve(this.#tools.map(specOf))
  }

  has({ namespace, name }: Pick<ToolCall, 'namespace' | 'name'>): boolean {
    return this.#tools.some((tool) =>
      tool.type === 'namespace'
        ? tool.name === namespace && tool.tools.some((inner) => inner.name === name)
        : namespace === null && tool.name === name,
    )
  }

  async call({ callId, namespace, name, input, signal }: ToolCall): Promise<ToolOutput> {
    const started = this.#teller.now()
    const item: DynamicToolCallItem = {
      ...{ type: 'dynamicToolCall', id: callId, namespace, tool: name, arguments: jsonOr(input), status: 'inProgress' },
      ...{ contentItems: null, success: null, durationMs: null },
    }
    this.#teller.started(item)
    const close = (contentItems: readonly DynamicToolContent[], success: boolean): void => {
      const durationMs = this.#teller.now() - started
      this.#teller.completed({ ...item, contentItems, success, durationMs, status: success ? 'completed' : 'failed' })
    }
    try {
      const { contentItems, success } = await this.#teller.feed.ask(
        'item/tool/call',
        { ...this.#teller.ids, callId, namespace, tool: name, arguments: item.arguments },
        signal,
      )
      close(contentItems, success)
      return contentItems.map(partOf)
    } catch (error) {
      close([], false)
      signal.throwIfAborted()
      return `the tool failed: ${problemOf(error)}`
    }
  }
}

const jsonOr = (input: string): unknown => {
  try {
    return JSON.parse(input || '{}')
  } catch {
    return input
  }
}

const partOf = (item: DynamicToolContent) =>
  item.type === 'inputText'
    ? ({ type: 'input_text', text: item.text } as const)
    : ({ type: 'input_image', image_url: item.imageUrl } as const)

type FunctionTool = Exclude<DynamicTool, { type: 'namespace' }>

const functionSpec = ({ name, description, inputSchema }: FunctionTool): ToolSpec => ({
  ...{ type: 'function', name, description, strict: false, parameters: inputSchema },
})

const specOf = (tool: DynamicTool): ToolSpec =>
  tool.type === 'namespace'
    ? { type: 'namespace', name: tool.name, description: tool.description, tools: tool.tools.map(functionSpec) }
    : functionSpec(tool)
