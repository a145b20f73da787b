/** Holds instructions to the command line: every towline command in guides and skills is one that can be given. */
import { buildProgram } from '@towline/cli'
import { ERRORS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { read } from './repository.ts'
import { instructions, shellBlocks, towlineCommands } from './shell-blocks.ts'

/** Named in skills and on its way; when one is there, it leaves this list. */
const COMING: readonly string[] = []
/** Skills say that these do not exist; when one does, its skill is to be written anew. */
const ABSENT: readonly string[] = []

/** Surroundings in which nothing is said. */
const io = {
  columns: () => 80,
  stdout: { write: () => true },
  stderr: { write: () => true },
} as unknown as NonNullable<Parameters<typeof buildProgram>[0]>

type Command = ReturnType<typeof buildProgram>

/** Those that do something by themselves: a group does not, and so has nothing to choose. */
const acting = (command: Command): readonly Command[] => [
  ...(command.commands.length === 0 || command.options.some(({ hidden }) => !hidden) ? [command] : []),
  ...command.commands.flatMap((child) => acting(child as Command)),
]

/** Takes the words as the command line would, without doing the work. */
const given = async (words: readonly string[]): Promise<void> => {
  const program = buildProgram(io)
  for (const one of program.commands.flatMap((child) => acting(child as Command))) one.action(() => undefined)
  await program.parseAsync([...words], { from: 'user' }).catch((error: Error & { exitCode?: number }) => {
    if (error.exitCode !== 0) throw error
  })
}

const COMMANDS = instructions().flatMap((path) =>
  shellBlocks(path)
    .flatMap(towlineCommands)
    .map((words) => [path, words.join(' '), words] as const),
)

describe('instructions', () => {
  it.each(COMMANDS.filter(([, , [first = '']]) => !COMING.includes(first)))(
    '%s: towline %s',
    async (_path, _text, words) => {
      await given(words)
    },
  )

  it('tell only of errors that there are', () => {
    const told = instructions().flatMap((path) => [...read(path).matchAll(/^\| `([A-Z\d]+(?:_[A-Z\d]+)+)`/gm)])
    expect(told.map(([, code]) => code).filter((code) => !Object.hasOwn(ERRORS, code as string))).toEqual([])
    expect(told.length).toBeGreaterThan(4)
  })

  it('see a command that cannot be given', async () => {
    await expect(given(['forward', '3000', '--nmae', 'web'])).rejects.toThrow('unknown option')
    expect(towlineCommands('A=1 towline tunnel cut web --reason "it is over" | cat # why')).toEqual([
      ['tunnel', 'cut', 'web', '--reason', 'it is over'],
    ])
    expect(COMMANDS.length).toBeGreaterThan(60)
  })

  it('know which commands are on their way, and which are not there', () => {
    const there = buildProgram(io).commands.map((command) => command.name())
    expect([...COMING, ...ABSENT].filter((word) => there.includes(word))).toEqual([])
    for (const word of ABSENT)
      expect(read(`skills/towline-${word}/SKILL.md`)).toMatch(/\*\*[^*]+(not there|no app server)[^*]+yet/)
  })
})
