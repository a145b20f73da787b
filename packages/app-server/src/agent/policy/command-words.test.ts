import { expect, test } from 'vitest'
import type { CommandRule } from '../../config/agent-config.ts'
import { commandActions } from './command-actions.ts'
import { proposedRule, ruleFor } from './command-rules.ts'
import { commandWords, quoted } from './command-words.ts'
import { isDangerous, readsOnly } from './safe-commands.ts'

test.each([
  ['ls -la', [['ls', '-la']]],
  [
    "git log --format='%h x' && cat a.txt | head -n 5; pwd",
    [['git', 'log', '--format=%h x'], ['cat', 'a.txt'], ['head', '-n', '5'], ['pwd']],
  ],
  ['echo "a \\"b\\" c" d\\ e', [['echo', 'a "b" c', 'd e']]],
  ['a\nb # comment\nc & d', [['a'], ['b'], ['c'], ['d']]],
  ["echo it''s a'b'c", [['echo', 'its', 'abc']]],
  ['echo a\\\nb', [['echo', 'ab']]],
])('agent policy: reads the words of %j', (script, commands) => {
  expect(commandWords(script)).toEqual({ commands, plain: true })
})

test.each([
  ...[
    '',
    'echo $HOME',
    'echo `id`',
    'echo "$(id)"',
    'ls *.ts',
    'cat a > b',
    'cat < a',
    '(ls)',
    '{ ls; }',
    'echo "a',
    "echo 'a",
  ],
  ...[
    'FOO=1 ls',
    'if true; then ls; fi',
    'eval ls',
    'ls ~',
    'echo {a,b}',
    'echo a!b',
    '! ls',
    'cat <<E\nx\nE',
    'echo ${x}',
    'exec ls',
  ],
  ...['ls $((1))', 'cat <(ls)', 'command ls', 'echo "\\\\$(id)"'],
])('agent policy: %j is not plain', (script) => {
  expect(commandWords(script).plain).toBe(false)
})

test('agent policy: words are quoted as a shell reads them again', () => {
  const all = [['echo', "it's", 'a b', '$HOME', '', 'x=1', 'a\nb']]
  expect(commandWords(quoted(all[0] as string[])).commands).toEqual(all)
})

const safe = (script: string): boolean => {
  const { commands, plain } = commandWords(script)
  return plain && readsOnly(commands)
}

test.each([
  ...[
    'ls',
    'cat a | head -n 3',
    'git status',
    'git log -p',
    'git branch -a',
    'rg -n foo src',
    "sed -n '1,20p' a",
    'find . -name x',
    'cd a && ls',
    'date -u +%s',
    'uniq -c a',
    'git log --oneline',
  ],
])('agent policy: %j reads at most', (script) => {
  expect(safe(script)).toBe(true)
})

test.each([
  ...[
    'git -c core.pager=x log',
    'git branch new',
    'git commit',
    'find . -delete',
    'find . -exec rm',
    'rg --pre x',
    'rg -z x',
    "sed -i 's/a/b/' f",
  ],
  ...[
    "sed -n '1e id' f",
    './ls',
    '/tmp/ls',
    'ls > x',
    'rm a',
    'uniq a b',
    'date -s 1',
    'git diff --output=x',
    'env ls',
    'tee x',
    'sort -o x',
    'bash -c ls',
  ],
  // Subscripts are evaluated, and with them what they hold.
  ...["test -v 'a[$(id)]'", "test 'a[$(id)]' -eq 1", 'uniq - out', 'uniq -- -a out', 'uniq -f 1 a out'],
  ...['date -us 1', 'date 01010000', 'base64 --outp=x', 'git log --outp=x', 'git show --ext x', 'cd sub && git status'],
])('agent policy: %j may do more than read', (script) => {
  expect(safe(script)).toBe(false)
})

test('agent policy: what destroys work is told from what does not', () => {
  const dangerous = (script: string): boolean => commandWords(script).commands.some(isDangerous)
  expect(['rm -rf x', 'sudo rm -f x', 'git reset --hard', 'git push --force', 'ls && rm -r x'].map(dangerous)).toEqual(
    Array(5).fill(true),
  )
  expect(['rm x', 'git reset', 'git push', 'sudo ls'].map(dangerous)).toEqual(Array(4).fill(false))
})

const rule = (decision: CommandRule['decision'], ...pattern: string[]): CommandRule => ({ pattern, decision })
const RULES = [
  rule('allow', 'npm', 'test'),
  rule('allow', 'git', 'fetch'),
  rule('prompt', 'git', 'push'),
  rule('forbidden', 'git', 'push', '-f'),
]

test.each([
  ['npm test', 'allow'],
  ['npm test && git fetch origin', 'allow'],
  ['npm test && curl x', undefined],
  ['npm test > out', undefined],
  ['npm test $(curl x)', undefined],
  ['npm testing', undefined],
  ['npm test; git push', 'prompt'],
  ['echo $(git push -f)', 'forbidden'],
  ['git push -f', 'forbidden'],
  ['git push $X', 'prompt'],
  ['git \\\n push', 'prompt'],
] as const)('agent policy: rules say of %j: %s', (script, decision) => {
  expect(ruleFor(commandWords(script), RULES)).toBe(decision)
})

test.each([
  ['npm install x', ['npm', 'install'], ['npm', 'install']],
  ['npm install x', ['yarn'], ['npm', 'install', 'x']],
  ['npm install x', undefined, ['npm', 'install', 'x']],
  ['bash', undefined, null],
  ['git push', ['git'], null],
  ['a && b', ['a'], null],
  ['a > b', undefined, null],
  ["bash -lc 'npm test'", ['bash', '-lc'], ['bash', '-lc', 'npm test']],
  ['/bin/bash x.sh', ['/bin/bash'], ['/bin/bash', 'x.sh']],
  ['python3.12 -c a', ['python3.12', '-c'], ['python3.12', '-c', 'a']],
  ['sudo -n ls', ['sudo', '-n'], ['sudo', '-n', 'ls']],
  ['bash -x', undefined, null],
  ["env 'A=1'", undefined, null],
  ['/usr/bin/git push', ['/usr/bin/git'], null],
  ['git push x', ['git', 'push'], ['git', 'push']],
  ['git -C x push', ['git', '-C'], null],
] as const)('agent policy: proposes for %j with %j the rule %j', (script, wanted, proposed) => {
  expect(proposedRule(commandWords(script), wanted)).toEqual(proposed)
})

test('agent items: says what a command does', () => {
  const told = (script: string) => commandActions(script, '/w').map(({ command: _command, ...rest }) => rest)
  expect(told('cat src/a.ts | head -n 3')).toEqual([{ type: 'read', name: 'a.ts', path: '/w/src/a.ts' }])
  expect(told("sed -n '1,5p' /x/b")).toEqual([{ type: 'read', name: 'b', path: '/x/b' }])
  expect(told('ls -la src && rg foo lib')).toEqual([
    { type: 'listFiles', path: 'src' },
    { type: 'search', query: 'foo', path: 'lib' },
  ])
  expect(told('rg --files')).toEqual([{ type: 'listFiles', path: null }])
  expect(told('cat a && npm test')).toEqual([{ type: 'unknown' }])
  expect(told('cat $X')).toEqual([{ type: 'unknown' }])
})
