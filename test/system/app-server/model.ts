/** Owns a model of this machine that says what the test scripts, and may be made to wait. */
import { type Item, openResponsesModel } from '../../responses-model.ts'

export interface Asked {
  /** What the person said last. */
  readonly prompt: string
  /** What the tools of this turn answered so far. */
  readonly outputs: readonly string[]
  readonly body: object
}

/** Pieces of what it says, or a call of a tool. */
export type Said = AsyncIterable<string> | readonly string[] | { readonly call: string; readonly args: object }

export interface Model extends AsyncDisposable {
  /** For config.toml. */
  readonly settings: string
  readonly asked: Asked[]
}

export const openModel = async (answer: (asked: Asked) => Said): Promise<Model> => {
  const asked: Asked[] = []
  const { settings, close } = await openResponsesModel((body) => {
    const now = { ...readAsked(body.input ?? []), body }
    asked.push(now)
    const said = answer(now)
    return 'call' in said ? [{ name: said.call, args: said.args }] : pieces(said)
  })
  return { asked, settings, [Symbol.asyncDispose]: close }
}

async function* pieces(said: AsyncIterable<string> | readonly string[]): AsyncGenerator<string> {
  yield* said
}

const readAsked = (input: readonly Item[]): Omit<Asked, 'body'> => {
  const last = input.findLastIndex(
    ({ type, role, content }) => type === 'message' && role === 'user' && !content?.[0]?.text?.startsWith('<'),
  )
  return {
    prompt: input[last]?.content?.map(({ text }) => text ?? '').join('') ?? '',
    outputs: input
      .slice(last + 1)
      .filter(({ type }) => type.endsWith('_output'))
      .map(({ output }) => (typeof output === 'string' ? output : JSON.stringify(output))),
  }
}
