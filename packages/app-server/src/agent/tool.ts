/** Owns the seam to a tool that the model may call. */

/** As the Responses API takes it: `{ type: 'function', name, … }` and its kin. */
export type ToolSpec = Readonly<Record<string, unknown>>

export interface ToolCall {
  readonly callId: string
  readonly namespace: string | null
  readonly name: string
  /** As the model wrote it: JSON of a function, free text of a custom tool. */
  readonly input: string
  readonly signal: AbortSignal
}

/** What the model is told; text, or parts with images. */
export type ToolOutput =
  | string
  | readonly (
      | { readonly type: 'input_text'; readonly text: string }
      | { readonly type: 'input_image'; readonly image_url: string }
    )[]

/** Tools of one origin, such as one MCP server. */
export interface ToolSource {
  /** Waits for servers that start, with a deadline. */
  specs(): Promise<readonly ToolSpec[]>
  /** Whether a call is one of its tools. */
  has(call: Pick<ToolCall, 'namespace' | 'name'>): boolean
  /** Emits the items that clients see. Never rejects for what the tool did: the model is told. */
  call(call: ToolCall): Promise<ToolOutput>
}
