/** Owns what all commands share: how one is made, and the options that several take. */
import { Command, Option } from 'commander'
import type { Io } from './io.ts'
import { FORMATS, type Format } from './output/printers.ts'
import { VERSION } from './version.ts'

/** Makes one command; its work is imported only when it runs. */
export type Build = (io: Io) => Command

/** Options of every command that speaks to a server. */
export interface ServerOptions {
  readonly context?: string
  readonly caFile?: string
  readonly project?: string
}

/** A command with `--version`, which works everywhere but is listed once. */
export const command = (name: string, description: string): Command => {
  const made = new Command(name).description(description).version(VERSION, '--version', 'print the version and end')
  for (const option of made.options) option.hidden = name !== 'towline'
  return made.helpOption('-h, --help', 'show what this takes and end')
}

/** `-o` for commands that print a list or one thing. */
export const formatOption = (fallback: Format = 'table'): Option =>
  new Option('-o, --output <format>', 'how to print').choices(FORMATS).default(fallback)

/** `-o` for commands that tell what happens while it happens. */
export const progressOption = (): Option =>
  new Option('-o, --output <format>', 'text for people, json for one object a line')
    .choices(['text', 'json'])
    .default('text')

/** Which server, and whose certificate to trust. */
export const serverOptions = (made: Command): Command =>
  made
    .option('--context <name>', 'context to use instead of the current one [TOWLINE_CONTEXT]')
    .option(
      '--project <project>',
      'project, by endpoint or id, to use instead of the one of the context [TOWLINE_PROJECT]',
    )
    .option('--ca-file <file>', 'PEM file of the CA that signed the server certificate [TOWLINE_CA_FILE]')

/** Collects an option that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** Example lines under the help. */
export const examples = (made: Command, ...lines: readonly string[]): Command =>
  made.addHelpText('after', `\nExamples:\n${lines.map((text) => `  ${text}`).join('\n')}`)
