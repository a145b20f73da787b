/** Owns what tests read of instructions: the shell blocks of a page, and the towline commands in them, word by word. */
import { files, read } from './repository.ts'

/** Markdown whose commands people and agents run. */
export const instructions = (): readonly string[] =>
  ['docs/guide', 'skills'].flatMap((folder) => files(folder, (path) => path.endsWith('.md')))

/** Contents of the fenced blocks marked `sh`. */
export const shellBlocks = (path: string): readonly string[] =>
  [...read(path).matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].map(([, block]) => block as string)

/** Words after `towline` of each command in a block, also of one that another program is told to run. */
export const towlineCommands = (block: string): readonly (readonly string[])[] =>
  block
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => [
      ...[...line.matchAll(/="(towline [^"]+)"|<\((towline [^)]+)\)/g)].map(([, a, b]) => a ?? b),
      ...parts(line),
    ])
    .map((command) => wordsOf(command as string))
    .map((words) => words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word))))
    .filter(([first]) => first === 'towline' || first === './towline')
    .map(([, ...words]) => words)

/** The commands of a line that are joined by pipes, without what follows `#` and without where input and output go. */
const parts = (line: string): readonly string[] =>
  line.split(/\s\|\s/).map((part) =>
    part
      .replace(/\s#\s.*$/, '')
      .replace(/\s[<>]\s*\S+/g, '')
      .trim(),
  )

/** As a shell takes them apart; variables stay as they are written. */
const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  )
