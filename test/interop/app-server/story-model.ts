/** Owns a model of this machine that plays the story: it calls the tools that the acts need, and says the rest. */
import { type Asked, type Call, openResponsesModel, type Speech } from '../../responses-model.ts'
import { type Act, actFor, piecesOf } from './played-story.ts'

export interface StoryModel {
  /** Settings of an app-server that has it ask this model. */
  readonly settings: string
  /** Lets it say the rest. */
  release(): void
  close(): Promise<void>
}

export const openStoryModel = async (): Promise<StoryModel> => {
  let release = (): void => undefined
  const released = new Promise<void>((done) => {
    release = done
  })
  const model = await openResponsesModel((asked) => {
    const { text, answered } = lastSaid(asked)
    const act: Act = actFor(text)
    const calls = answered ? [] : callsOf(act)
    return calls.length > 0 ? calls : speechOf(act, released)
  })
  return { ...model, release }
}

const callsOf = ({ command, patch }: Act): readonly Call[] => [
  ...(command === undefined ? [] : [{ name: 'exec_command', args: { cmd: command, ...ESCALATED } }]),
  ...(patch === undefined ? [] : [{ name: 'apply_patch', args: { input: patchText(patch) } }]),
]

/** Asked for outside of the sandbox, so a person is asked first. */
const ESCALATED = { sandbox_permissions: 'require_escalated', justification: 'because' }

const patchText = ({ path, lines }: NonNullable<Act['patch']>): string =>
  ['*** Begin Patch', `*** Add File: ${path}`, ...lines.map((line) => `+${line}`), '*** End Patch'].join('\n')

async function* speechOf({ says, held, endless }: Act, released: Promise<void>): Speech {
  if (endless) await new Promise(() => undefined)
  const [first, rest] = piecesOf(says)
  yield* first
  if (held) await released
  yield* rest
}

/** Messages that begin with `<` or `#` are the agent's own words about where it is. */
const lastSaid = ({ input = [] }: Asked): { readonly text: string; readonly answered: boolean } => {
  const at = input.findLastIndex(
    ({ type, role, content = [] }) =>
      type === 'message' && role === 'user' && !content.some(({ text = '' }) => /^[<#]/.test(text)),
  )
  const text = (input[at]?.content ?? []).map((part) => part.text ?? '').join('')
  return { text, answered: input.slice(at + 1).some(({ type }) => type.endsWith('_output')) }
}
