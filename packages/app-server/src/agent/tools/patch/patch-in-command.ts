/** Owns seeing that a shell command is a patch: models write `apply_patch` as if it were a program. */
import { commandWords } from '../../policy/command-words.ts'

export interface PatchInCommand {
  readonly text: string
  /** Of a `cd` before it. */
  readonly workdir: string
}

const HEREDOC =
  /^\s*(?:cd\s+(?<dir>'[^'\n]*'|"[^"\n$`]*"|[^\s'"$`;&|]+)\s*&&\s*)?(?:apply_patch|applypatch)\s+<<-?\s*(?<quote>['"]?)(?<tag>\w+)\k<quote>[ \t]*\n(?<text>[\s\S]*?)\n\k<tag>\s*$/
const NAMES: ReadonlySet<string> = new Set(['apply_patch', 'applypatch'])

/** Undefined where it is a command like any other. */
export const patchInCommand = (script: string): PatchInCommand | undefined => {
  const { dir, text } = HEREDOC.exec(script)?.groups ?? {}
  if (text !== undefined) return { text, workdir: (dir ?? '.').replace(/^(['"])(.*)\1$/, '$2') }
  const { commands, plain } = commandWords(script)
  const [words] = commands
  const [name = '', argument] = words ?? []
  if (!plain || commands.length !== 1 || words?.length !== 2 || !NAMES.has(name) || argument === undefined)
    return undefined
  return { text: argument, workdir: '.' }
}
