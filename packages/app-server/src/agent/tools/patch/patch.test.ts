import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '@towline/testkit'
import { expect, test } from 'vitest'
import { applyChunks } from './apply-chunks.ts'
import { parsePatch } from './parse-patch.ts'
import { patchInCommand } from './patch-in-command.ts'
import { planPatch, summaryOf } from './plan-patch.ts'
import { TurnDiff } from './turn-diff.ts'
import { unifiedDiff } from './unified-diff.ts'

const patch = (...lines: readonly string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')
const update = (...lines: readonly string[]): string => patch('*** Update File: a', ...lines)

test.each([
  ['', /first line must be/],
  ['*** Begin Patch\n*** Add File: a\n+x', /last line must be/],
  [patch(), /changes no file/],
  [patch('*** Rename File: a'), /begins no file/],
  [patch('*** Add File: '), /begins no file|names no file/],
  [update(), /changes nothing/],
  [update('@@', 'x'), /no line of a change/],
  [update('@@ a'), /no line of a change/],
  [patch('*** Delete File: a', '+x'), /begins no file/],
])('agent patch: refuses %j', (text, said) => {
  expect(() => parsePatch(text)).toThrow(said)
})

test('agent patch: reads files to add, delete, change and move', () => {
  expect(
    parsePatch(
      patch(
        '*** Add File: n',
        '+1',
        '+',
        '*** Delete File: d',
        '',
        '*** Update File: u',
        '*** Move to: v',
        '@@ class A',
        '@@ def b',
        ' c',
        '-d',
        '+e',
        '',
        '*** End of File',
      ),
    ),
  ).toEqual([
    { act: 'add', path: 'n', text: '1\n\n' },
    { act: 'delete', path: 'd' },
    {
      ...{ act: 'update', path: 'u', moveTo: 'v' },
      chunks: [{ anchors: ['class A', 'def b'], old: ['c', 'd', ''], new: ['c', 'e', ''], atEnd: true }],
    },
  ])
})

const applied = (text: string, ...lines: readonly string[]): string => {
  const [file] = parsePatch(update(...lines))
  if (file?.act !== 'update') throw new Error('no update')
  return applyChunks(text, file.chunks, 'a')
}

test.each([
  ['as it is', 'a\nb\nc\n', ['@@', ' a', '-b', '+B'], 'a\nB\nc\n'],
  ['without an anchor', 'a\nb\n', ['-b', '+B'], 'a\nB\n'],
  ['below an anchor', 'x\nb\ny\nb\n', ['@@ y', '-b', '+B'], 'x\nb\ny\nB\n'],
  ['below two anchors', 'A\nf\nb\nB\nf\nb\n', ['@@ B', '@@ f', '-b', '+!'], 'A\nf\nb\nB\nf\n!\n'],
  ['one chunk after the other', 'a\nb\na\nb\n', ['-a', '+1', ' b', '@@', '-a', '+2'], '1\nb\n2\nb\n'],
  ['with space lost at the end', 'a  \nb\n', [' a', '-b', '+B'], 'a\nB\n'],
  ['with other indentation', '\ta\n\tb\n', ['-    b', '+\tB'], '\ta\n\tB\n'],
  ['with fancy signs', 'say “hi” – now\n', ['-say "hi" - now', '+bye'], 'bye\n'],
  ['at the end', 'b\nb\n', ['-b', '+B', '*** End of File'], 'b\nB\n'],
  ['added at the end', 'a\n', ['+b'], 'a\nb\n'],
  ['added below an anchor', 'a\nb\n', ['@@ a', '+1'], 'a\n1\nb\n'],
  ['without a last newline', 'a\nb', ['-b', '+B'], 'a\nB\n'],
  ['with a last empty line that is none', 'a\nb\n', ['-b', '+B', ''], 'a\nB\n'],
  ['with lines of Windows', 'a\r\nb\r\n', ['-b', '+B'], 'a\r\nB\r\n'],
  ['into an empty file', '', ['+a'], 'a\n'],
] as const)('agent patch: changes a text %s', (_, text, lines, changed) => {
  expect(applied(text, ...lines)).toBe(changed)
})

test('agent patch: says which lines were not found', () => {
  expect(() => applied('a\n', '-b', '+c')).toThrow('Failed to find expected lines in a:\nb')
  expect(() => applied('a\n', '@@ z', '-a')).toThrow('Failed to find context in a:\nz')
})

test('agent patch: works all of it out before, also where one part builds on another', async () => {
  const read = (path: string) => Promise.resolve(path === '/w/a' ? 'one\n' : undefined)
  const plan = (text: string) => planPatch(parsePatch(text), '/w', read)
  const changes = await plan(
    patch('*** Update File: a', '*** Move to: b', '-one', '+two', '*** Update File: b', '-two', '+three'),
  )
  expect(changes.map(({ path, after, moveTo }) => [path, after, moveTo])).toEqual([
    ['/w/a', 'two\n', '/w/b'],
    ['/w/b', 'three\n', undefined],
  ])
  expect(summaryOf(changes)).toBe('M /w/b\nM /w/b')
  await expect(plan(patch('*** Delete File: x'))).rejects.toThrow('Failed to read file to delete /w/x')
})

test.each([
  ["apply_patch <<'EOF'\nx\nEOF\n", 'x', '.'],
  ['cd sub && apply_patch <<EOF\nx\ny\nEOF', 'x\ny', 'sub'],
  ['cd \'a b\' && applypatch <<"P"\nx\nP', 'x', 'a b'],
  ["apply_patch '*** Begin Patch\n*** End Patch'", '*** Begin Patch\n*** End Patch', '.'],
])('agent patch: sees the patch in %j', (script, text, workdir) => {
  expect(patchInCommand(script)).toEqual({ text, workdir })
})

test.each([
  "apply_patch <<'EOF'\nx\nEOF\nrm -rf /",
  'apply_patch $(x)',
  'apply_patch',
  'cat <<E\nx\nE',
  "apply_patch 'x' && ls",
])('agent patch: %j is a command like any other', (script) => {
  expect(patchInCommand(script)).toBeUndefined()
})

/** Deterministic. */
const numbers = (seed: number) => () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648

test('agent patch: git takes each diff of a turn and makes the same files of it', () => {
  using folder = tempFolder('diff')
  const [next, git] = [
    numbers(7),
    (...args: readonly string[]) => execFileSync('git', args, { cwd: folder.path, stdio: 'pipe' }),
  ]
  const text = (): string =>
    Array.from({ length: Math.floor(next() * 12) }, () => 'abc'.charAt(Math.floor(next() * 3))).join('\n') +
    (next() < 0.7 ? '\n' : '')
  mkdirSync(join(folder.path, 'd'))
  for (let round = 0; round < 40; round += 1) {
    const [before, after] = [text(), text()]
    if (before === after || before === '' || after === '') continue
    writeFileSync(join(folder.path, 'd/f'), before)
    const diff = new TurnDiff()
    diff.changed(join(folder.path, 'd/f'), 'x', 'y')
    const whole = new TurnDiff()
    whole.changed(join(folder.path, 'd/f'), before, after)
    writeFileSync(join(folder.path, 'p'), whole.text(folder.path))
    git('apply', '--unsafe-paths', 'p')
    expect(readFileSync(join(folder.path, 'd/f'), 'utf8')).toBe(after)
  }
})

test('agent patch: the diff of a turn goes from before its first patch to after its last', () => {
  const diff = new TurnDiff()
  diff.changed('/w/a', 'one\n', 'two\n')
  diff.changed('/w/a', 'two\n', 'three\n')
  diff.changed('/w/new', undefined, 'x\n')
  diff.changed('/w/same', 'x', 'y')
  diff.changed('/w/same', 'y', 'x')
  expect(diff.text('/w')).toBe(
    'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+three\n' +
      'diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n',
  )
})

test('agent patch: a diff has three lines of context and says of a missing newline', () => {
  const lines = Array.from({ length: 20 }, (_, index) => `${index}\n`)
  const changed = lines.map((line, index) => (index === 2 || index === 12 ? 'x\n' : line))
  expect(unifiedDiff(lines.join(''), changed.join(''))).toBe(
    '@@ -1,6 +1,6 @@\n 0\n 1\n-2\n+x\n 3\n 4\n 5\n@@ -10,7 +10,7 @@\n 9\n 10\n 11\n-12\n+x\n 13\n 14\n 15\n',
  )
  expect(unifiedDiff('a', 'a\n')).toBe('@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n')
  expect(unifiedDiff('a\n', 'a\n')).toBe('')
})
