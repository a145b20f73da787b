/** Owns a model of this machine that runs commands by a script. */
import { openResponsesModel, type ResponsesModel, textOf } from '../../responses-model.ts'

/** A round of the model: these commands at once. */
export type Round = readonly Readonly<Record<string, unknown>>[]

export interface CommandModel extends ResponsesModel {
  /** What Codex told of the commands, in their order. */
  outputs(): readonly string[]
}

/** Takes one round after the other, then says that it is done. */
export const openCommandModel = async (rounds: readonly Round[]): Promise<CommandModel> => {
  let outputs: readonly string[] = []
  const model = await openResponsesModel(({ input = [] }, count) => {
    outputs = input.filter(({ type }) => type.endsWith('_output')).map(({ output }) => textOf(output))
    return (rounds[count - 1] ?? []).map((args) => ({ name: 'exec_command', args }))
  })
  return { ...model, outputs: () => outputs }
}
