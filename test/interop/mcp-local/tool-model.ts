/** Owns a model of this machine that calls our tools by a script. */
import { type Item, offeredBy, openResponsesModel, type ResponsesModel, textOf } from '../../responses-model.ts'

/** A call of a tool; its arguments may be made of what the calls before answered. */
export interface Step {
  readonly tool: string
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of tools
  readonly args?: (answers: readonly any[]) => object
  /** Done before the call. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of tools
  readonly first?: (answers: readonly any[]) => Promise<unknown>
}

export interface ScriptedModel extends ResponsesModel {
  /** What the tools answered, as the model was told, parsed where it is JSON. */
  answers(): readonly unknown[]
  /** Names of all tools that the model was offered, with their namespaces. */
  tools(): readonly string[]
}

/** Takes one step after the other, then says that it is done. */
export const openScriptedModel = async (steps: readonly Step[]): Promise<ScriptedModel> => {
  let answers: readonly unknown[] = []
  let tools: readonly string[] = []
  const model = await openResponsesModel(async (asked) => {
    const outputs = afterLastUser(asked.input ?? []).filter(({ type }) => type.endsWith('_output'))
    answers = outputs.map(({ output }) => answerIn(output))
    tools = offeredBy(asked)
    const step = steps[outputs.length]
    if (!step) return []
    // What fails is found out by what the test then misses.
    await step.first?.(answers).catch(() => undefined)
    return [{ name: step.tool, namespace: 'mcp__towline', args: step.args?.(answers) ?? {} }]
  })
  return { ...model, answers: () => answers, tools: () => tools }
}

/** Messages that begin with `<` are Codex's own words about where it is. */
const afterLastUser = (input: readonly Item[]): readonly Item[] => {
  const last = input.findLastIndex(
    ({ type, role, content = [] }) =>
      type === 'message' && role === 'user' && !content.some(({ text = '' }) => text.startsWith('<')),
  )
  return input.slice(last + 1)
}

/** Some of the text stands around the tool's own JSON. */
const answerIn = (output: unknown): unknown => {
  const text = textOf(output)
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  try {
    return JSON.parse(json) as unknown
  } catch {
    return text
  }
}
