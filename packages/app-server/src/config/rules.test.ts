/** Proves how rules about commands are read, and that what is no rule is told. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { openConfigSource } from './open-config-source.ts'
import { parseRules } from './rules-text.ts'

describe('rules', () => {
  it('are prefixes of commands, with choices of words', () => {
    const text = `# what may run
prefix_rule(
    pattern = ["git", ["status", 'log']],  # reading
    decision = "allow",
    justification = "they only read",
    match = ["git status", ["git", "log"]],
)
prefix_rule(pattern=["rm"], decision="forbidden")
prefix_rule(pattern=["say \\"hi\\""])
`
    expect(parseRules(text)).toEqual({
      problems: [],
      rules: [
        { pattern: ['git', 'status'], decision: 'allow' },
        { pattern: ['git', 'log'], decision: 'allow' },
        { pattern: ['rm'], decision: 'forbidden' },
        { pattern: ['say "hi"'], decision: 'allow' },
      ],
    })
  })

  it.each([
    ['load("x", "y")', 'line 1: only prefix_rule is known here, not load'],
    ['prefix_rule(pattern="git")', 'line 1: this is no rule that is known here'],
    ['prefix_rule(pattern=[], decision="allow")', 'line 1: this is no rule that is known here'],
    ['prefix_rule(pattern=["a"], decision="maybe")', 'line 1: this is no rule that is known here'],
    ['prefix_rule(pattern=["a"], pattern=["b"])', 'line 1: its arguments are name=value, each once'],
    ['prefix_rule(pattern=["a" "b"])', 'line 1: "," or "]" is missing'],
    ['prefix_rule(pattern=["a"]', 'line 1: "," or ")" is missing'],
    ['prefix_rule(pattern=[name])', 'line 1: a text in quotes, or a list of them, is missing'],
    ['prefix_rule(pattern=[[[[["a"]]]]])', 'line 1: its lists are too deep'],
    ['= "x"', 'line 1: only prefix_rule is known here, not this'],
  ])('do not hold when they are %s, and those after them do', (text, problem) => {
    expect(parseRules(`${text}\nprefix_rule(pattern=["ls"])\n`)).toEqual({
      rules: [{ pattern: ['ls'], decision: 'allow' }],
      problems: [problem],
    })
  })

  it('are appended once, after what a person wrote', async () => {
    const folder = tempFolder('rules')
    try {
      const path = join(folder.path, 'rules', 'default.rules')
      mkdirSync(join(folder.path, 'rules'))
      writeFileSync(path, '# mine')
      const config = openConfigSource({ home: folder.path, env: {} })
      await config.allow(['touch', 'a "b"'])
      await config.allow(['touch', 'a "b"'])
      const line = 'prefix_rule(pattern=["touch", "a \\"b\\""], decision="allow")\n'
      expect(readFileSync(path, 'utf8')).toBe(`# mine\n${line}`)
      expect((await config.read(folder.path)).rules).toEqual([{ pattern: ['touch', 'a "b"'], decision: 'allow' }])
    } finally {
      folder.remove()
    }
  })
})
