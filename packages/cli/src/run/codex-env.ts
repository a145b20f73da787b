/** Owns the work of `towline codex env`. */
import {
  addCodexEnvironment,
  type CodexEnvironment,
  listCodexEnvironments,
  removeCodexEnvironment,
  validateContextName,
} from '@towline/operations'
import type { Io } from '../io.ts'
import { type Column, type Format, printList, printOne } from '../output/printers.ts'
import { programWords } from './program-words.ts'

export interface CodexEnvOptions {
  readonly output: Format
}

export interface CodexEnvAddOptions extends CodexEnvOptions {
  readonly id?: string
  readonly default?: boolean
  readonly cwd?: string
  readonly context?: string
}

const COLUMNS: readonly Column<CodexEnvironment>[] = [
  { title: 'ENVIRONMENT', of: ({ id }) => id },
  { title: 'MACHINE', of: ({ machine }) => machine },
  { title: 'DEFAULT', of: ({ isDefault }) => (isDefault ? 'yes' : 'no') },
  { title: 'FILE', of: ({ file }) => file },
]

export const add = async (io: Io, machine: string, options: CodexEnvAddOptions): Promise<void> => {
  const { id, cwd, context, default: makeDefault = false, output: format } = options
  const contextName = context === undefined ? undefined : validateContextName(context, '--context')
  const spec = { env: io.env, program: programWords(), machine, id, cwd, makeDefault, contextName }
  printOne({ io, format, columns: COLUMNS }, await addCodexEnvironment(spec))
}

export const remove = async (io: Io, machine: string, { output: format }: CodexEnvOptions): Promise<void> => {
  printOne({ io, format, columns: COLUMNS }, await removeCodexEnvironment(io.env, machine))
}

export const list = async (io: Io, { output: format }: CodexEnvOptions): Promise<void> => {
  printList({ io, format, columns: COLUMNS }, await listCodexEnvironments(io.env))
}
