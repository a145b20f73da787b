/** Proves what is drawn: Markdown as far as it has come, diffs, questions and their answers, within the width. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { askedOf, declined } from './choices.ts'
import { diffLines } from './diff-lines.ts'
import { entryLines } from './entry-lines.ts'
import { markdownLines } from './markdown.ts'
import { copySequence } from './osc52.ts'
import { paintFor } from './paint.ts'
import { readSlash } from './slash.ts'
import type { Entry } from './view.ts'

const plain = paintFor(false)

const TEXT = `# Head

Some **bold** and \`code\` with a [link](https://x.example), 世界 and a verylongwordthatdoesnotfitinthewidthatall.

1. one
   - deep
2. two

> quoted

\`\`\`ts
const x = 1
\`\`\`

| a | b |
|---|---|
| 1 | 22 |
`

describe('tui markdown', () => {
  it('draws blocks', () => {
    verifies('tui.remote')
    expect(markdownLines(TEXT, 40, plain)).toEqual([
      '# Head',
      '',
      'Some bold and code with a link ',
      '(https://x.example), 世界 and a verylong',
      'wordthatdoesnotfitinthewidthatall.',
      '',
      '1. one',
      '   • deep',
      '2. two',
      '',
      '▏ quoted',
      '',
      '  const x = 1',
      '',
      'a  b',
      '1  22',
    ])
  })

  it('draws every beginning of a text, within any width', () => {
    for (const columns of [1, 20])
      for (let length = 0; length <= TEXT.length; length += 1)
        for (const line of markdownLines(TEXT.slice(0, length), columns, plain))
          if (columns > 1) expect(line.replaceAll(/[世界]/g, 'xx').length).toBeLessThanOrEqual(columns)
  })

  it('says where a link goes, and draws HTML as text', () => {
    expect(markdownLines('[bank](https://evil.example)', 80, plain)).toEqual(['bank (https://evil.example)'])
    expect(markdownLines('<script>x</script>', 80, plain)).toEqual(['<script>x</script>'])
  })
})

describe('tui diffs', () => {
  it('colours lines, and marks those of a file that came', () => {
    const change = { path: 'a', kind: { type: 'add' }, diff: 'one\ntwo\n' } as const
    expect(diffLines([change], 80, plain)).toEqual(['a added', '  +one', '  +two'])
    const paint = paintFor(true)
    const update = { path: 'a', kind: { type: 'update', move_path: 'b' }, diff: '@@ -1 +1 @@\n-x\n+y' } as const
    expect(diffLines([update], 80, paint)).toEqual([
      paint.bold('a -> b changed'),
      `  ${paint.cyan('@@ -1 +1 @@')}`,
      `  ${paint.red('-x')}`,
      `  ${paint.green('+y')}`,
    ])
  })

  it('shows so many lines of a long one', () => {
    const diff = `@@ @@\n${'+x\n'.repeat(5000)}`
    const lines = diffLines([{ path: 'a', kind: { type: 'update', move_path: null }, diff }], 80, plain)
    expect([lines.length, lines.at(-1)]).toEqual([401, '  … 4602 more lines'])
  })
})

describe('tui entries', () => {
  it.each([
    { type: 'agentMessage' },
    { type: 'commandExecution', command: 7 },
    { type: 'fileChange' },
    { type: 'userMessage', content: null },
    { type: 'mcpToolCall', result: { content: 'x' } },
    { type: 'toString' },
    { type: 'unknown' },
  ])('shows nothing wrong of %j', (item) => {
    expect(() =>
      entryLines({ key: 'k', turnId: 'u', item, text: '', isDone: true } as unknown as Entry, 40, plain),
    ).not.toThrow()
  })
})

describe('tui commands', () => {
  const command = "/bin/bash -lc 'touch x; echo done'"

  it('are shown as the script, without the words of the shell', () => {
    const item = { type: 'commandExecution', command, status: 'completed', exitCode: 0 }
    const entry = { key: 'k', turnId: 'u', item, text: '', isDone: true } as unknown as Entry
    expect(entryLines(entry, 80, plain)).toEqual(['$ touch x; echo done'])
    const asked = askedOf({ method: 'item/commandExecution/requestApproval', params: { command, cwd: '/srv' } })
    expect(asked?.lines).toContain('$ touch x; echo done')
  })
})

const command = { method: 'item/commandExecution/requestApproval', params: { command: 'rm x', cwd: '/srv' } }

describe('tui questions', () => {
  it('offers a rule only when there is one, and what the server takes', () => {
    verifies('tui.remote')
    const keys = (params: object): readonly string[] =>
      askedOf({ ...command, params: { ...command.params, ...params } })?.choices.map(({ key }) => key) ?? []
    expect(keys({})).toEqual(['y', 's', 'n', 'escape'])
    expect(keys({ proposedExecpolicyAmendment: ['rm'] })).toEqual(['y', 's', 'p', 'n', 'escape'])
    expect(keys({ availableDecisions: ['accept', 'cancel'] })).toEqual(['y', 'n', 'escape'])
  })

  it.each([
    [command, { decision: 'decline' }],
    [{ ...command, params: { ...command.params, availableDecisions: ['accept', 'cancel'] } }, { decision: 'decline' }],
    [{ method: 'item/fileChange/requestApproval', params: {} }, { decision: 'decline' }],
    [
      { method: 'item/permissions/requestApproval', params: { permissions: { network: true } } },
      { permissions: {}, scope: 'turn' },
    ],
    [
      { method: 'mcpServer/elicitation/request', params: { serverName: 's', message: 'm' } },
      { action: 'decline', content: null },
    ],
    [{ method: 'item/tool/call', params: {} }, undefined],
    [{ method: 'toString', params: {} }, undefined],
  ])('declines %j', (question, answer) => {
    verifies('agent.headless')
    expect(declined(question)).toEqual(answer)
  })

  it('cannot say yes to what has to be filled in', () => {
    const params = { serverName: 's', message: 'm', requestedSchema: { required: ['name'] } }
    expect(askedOf({ method: 'mcpServer/elicitation/request', params })?.choices.map(({ key }) => key)).toEqual([
      'n',
      'escape',
    ])
  })
})

describe('tui questions that would hide something', () => {
  const told = (params: object): readonly string[] =>
    askedOf({ ...command, params: { ...command.params, ...params } })?.lines ?? []

  it('shows each line and every character of a command', () => {
    verifies('tui.remote')
    expect(told({ command: 'ls # \u202e\rx\u001b[8m\n  rm -rf ~\nin /safe\u3164\u200b', cwd: '/a\n$ ls' })).toEqual([
      'Run this command?',
      '$ ls # \\u{202e}\\rx\\e[8m',
      '>   rm -rf ~',
      '> in /safe\\u{3164}\\u{200b}',
      'in /a\\n$ ls',
    ])
  })

  it('tells the words of the agent, and of a rule, from its own', () => {
    expect(told({ reason: 'ok\n$ ls' })[1]).toBe('Why: ok $ ls')
    const asked = askedOf({ ...command, params: { ...command.params, proposedExecpolicyAmendment: ['a b', 'c'] } })
    expect(asked?.choices.find(({ key }) => key === 'p')?.label).toContain(`"'a b' c"`)
  })

  it('says what else a yes lets happen', () => {
    expect(told({ additionalPermissions: { network: true } }).at(-1)).toBe('with permissions {"network":true}')
  })

  it('says what a tool of an MCP server is called with', () => {
    const params = { serverName: 's', message: 'Allow it?', _meta: { tool_params: { sql: 'drop\u202e' } } }
    expect(askedOf({ method: 'mcpServer/elicitation/request', params })?.lines).toEqual([
      'The MCP server s asks:',
      '| Allow it?',
      'with {"sql":"drop\\u{202e}"}',
    ])
  })

  it('approves no changes that nobody was told', () => {
    const question = { method: 'item/fileChange/requestApproval', params: { itemId: 'f' } }
    expect(askedOf(question)?.choices.map(({ key }) => key)).toEqual(['n', 'escape'])
    const change = {
      path: 'a\u202e',
      kind: { type: 'update', move_path: '/etc/x' },
      diff: '@@ @@\n+\u001b[8mx\n',
    } as const
    expect(askedOf(question, [change])?.lines).toEqual([
      'Make these changes?',
      'a\\u{202e} -> /etc/x changed',
      '  @@ @@',
      '  +\\e[8mx',
    ])
  })
})

describe('tui words', () => {
  it.each([
    ['/quit', { name: 'quit', rest: '' }],
    [' /resume abc ', { name: 'resume', rest: 'abc' }],
    ['/exit', { name: 'quit', rest: '' }],
    ['/nope', { name: undefined, typed: 'nope' }],
    ['/constructor', { name: undefined, typed: 'constructor' }],
    ['/etc/passwd is what?', undefined],
    ['hello /quit', undefined],
    ['/quit\nand more', undefined],
  ])('reads %j', (text, expected) => {
    expect(readSlash(text)).toEqual(expected)
  })

  it('copies by OSC 52, and through tmux', () => {
    verifies('tui.copy')
    expect(copySequence('hi', {})).toBe('\u001b]52;c;aGk=\u0007')
    expect(copySequence('hi', { TMUX: '/tmp/x,1,0' })).toBe(
      '\u001b]52;c;aGk=\u0007\u001bPtmux;\u001b\u001b]52;c;aGk=\u0007\u001b\\',
    )
    expect(copySequence('x'.repeat(2 ** 21), {})).toBeUndefined()
  })
})
