/** Proves that a command is told as one line that its words can be read from again. */
import { describe, expect, it } from 'vitest'
import { commandLine, scriptOf, wordsOfLine } from './command-line.ts'

describe('app-server command line:', () => {
  it('is told as stock Codex does', () => {
    expect(commandLine(['/bin/bash', '-lc', 'touch x; echo done'])).toBe("/bin/bash -lc 'touch x; echo done'")
    expect(commandLine(['/bin/bash', '-lc', 'ls'])).toBe('/bin/bash -lc ls')
  })

  it.each([
    [['/bin/bash', '-lc', `echo it's "fine" $HOME \\ \n`]],
    [['a b', '', "'", '"', '\\', '#x', '~', '*']],
    [['one']],
  ])('gives its words again: %j', (words) => {
    expect(wordsOfLine(commandLine(words))).toEqual(words)
  })

  it('is read as other programs quote', () => {
    expect(wordsOfLine(`/bin/bash -lc "echo it's \\"fine\\" "'$HOME'`)).toEqual([
      ...['/bin/bash', '-lc', `echo it's "fine" $HOME`],
    ])
    expect(wordsOfLine("it's not ended")).toBeUndefined()
    expect(wordsOfLine('ends in \\')).toBeUndefined()
  })

  it.each([
    [`/bin/bash -lc 'touch x; echo done'`, 'touch x; echo done'],
    ['/usr/bin/zsh -c ls', 'ls'],
    ['sh -lc true', 'true'],
    ['touch x; echo done', 'touch x; echo done'],
    ['bash -lc a b', 'bash -lc a b'],
    ['grep -c x', 'grep -c x'],
    ['./bash -c x', './bash -c x'],
    ["it's not ended", "it's not ended"],
  ])('shows the script without the shell: %s', (line, script) => {
    expect(scriptOf(line)).toBe(script)
  })
})
