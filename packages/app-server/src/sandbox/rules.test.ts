/** Proves what a sandbox means: which rule counts, what is refused, and how bubblewrap is told. */
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileAccess, SandboxContext, SandboxPath } from '@towline/protocol'
import { tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wrap } from './bubblewrap.ts'
import { findDenied, patternMatches } from './patterns.ts'
import { accessTo, type Rules, rulesOf } from './rules.ts'

type Entry = readonly [path: string | SandboxPath, access: FileAccess, missing?: string]

const special = (kind: string, subpath?: string): SandboxPath => ({
  type: 'special',
  value: { kind, ...(subpath !== undefined && { subpath }) },
})
const sandbox = (entries: readonly Entry[], more: Partial<SandboxContext> = {}): SandboxContext => ({
  permissions: {
    type: 'managed',
    network: 'restricted',
    file_system: {
      type: 'restricted',
      entries: entries.map(([path, access, missing]) => ({
        path: typeof path === 'string' ? { type: 'path', path } : path,
        access,
        ...(missing !== undefined && { missing_path_behavior: missing }),
      })),
    },
  },
  workspaceRoots: ['file:///w'],
  ...more,
})
const rules = (...entries: readonly Entry[]): Rules => rulesOf(sandbox(entries), { TMPDIR: '/t' }) as Rules

let folder: ReturnType<typeof tempFolder>
let root: string
beforeEach(() => {
  folder = tempFolder('sandbox')
  root = realpathSync(folder.path)
})
afterEach(() => folder.remove())

const BWRAP = { bwrap: 'bwrap', filtered: (network: boolean) => ['filter', String(network)] }
const wrapped = (ours: Rules, held: readonly string[] = []) =>
  wrap({ ...BWRAP, rules: ours, argv: ['true'], arg0: undefined, cwd: '/', held: (path) => held.includes(path) })
const has = (argv: readonly string[], ...words: readonly string[]): boolean =>
  ` ${argv.join(' ')} `.includes(` ${words.join(' ')} `)

describe('sandbox rules: refuse', () => {
  const refused = expect.objectContaining({ code: 'SANDBOX_UNSUPPORTED' })
  it.each<[string, Entry]>([
    ['a denied place that is not known', [special('vault'), 'deny']],
    ['an allowed pattern', [{ type: 'glob_pattern', pattern: '/w/*' }, 'read']],
    ['a denied pattern with a choice', [{ type: 'glob_pattern', pattern: '/w/*.{pem,key}' }, 'deny']],
    ['a denied pattern with a class', [{ type: 'glob_pattern', pattern: '*.[ps]em' }, 'deny']],
  ])('%s', (_, entry) => {
    verifies('execd.sandbox')
    expect(() => rules(entry)).toThrow(refused)
  })

  it('more entries than are looked at', () => {
    expect(() => rules(...Array.from({ length: 1025 }, (): Entry => ['/a', 'read']))).toThrow(refused)
  })

  it('a pattern that too many files would be looked through for', () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(join(root, name), '')
    expect(() => findDenied([`${root}/**/*.env`], 2)).toThrow(refused)
  })
})

describe('sandbox rules', () => {
  const SPLIT = rules(
    [special('root'), 'read'],
    [special('project_roots'), 'write'],
    [special('project_roots', '.git'), 'read'],
    ['/w/keep', 'deny'],
    ['/w/keep', 'write'],
    [special('tmpdir'), 'write'],
    [special('newer'), 'write'],
  )
  it.each<[string, FileAccess]>([
    ['/etc/passwd', 'read'],
    ['/w', 'write'],
    ['/w/a/b', 'write'],
    ['/wide', 'read'],
    ['/w/.git/config', 'read'],
    ['/w/.github', 'write'],
    ['/w/keep/x', 'deny'],
    ['/t/x', 'write'],
  ])('say of %s: %s', (path, access) => {
    expect(accessTo(SPLIT, path)).toBe(access)
  })

  it('deny what nothing names', () => {
    expect(accessTo(rules(['/w', 'write']), '/etc/passwd')).toBe('deny')
  })

  it('are none where nothing is to be enforced', () => {
    const open = { ...sandbox([]), permissions: { type: 'disabled' } } as const
    const outer = { ...sandbox([]), permissions: { type: 'external', network: 'enabled' } } as const
    expect([rulesOf(open, {}), rulesOf(outer, {}), rulesOf(null, {})]).toEqual([undefined, undefined, undefined])
  })

  it.each([
    ['/w/**/*.env', '/w/.env', true],
    ['/w/**/*.env', '/w/a/b/c.env', true],
    ['/w/**/*.env', '/w/c.env.txt', false],
    ['/w/*.key', '/w/a/b.key', false],
    ['/w/a+b?', '/w/a+bc', true],
    ['/w/**', '/w/a\nb', true],
  ])('pattern %s of %s: %s', (pattern, path, matches) => {
    expect(patternMatches(pattern)(path)).toBe(matches)
  })
})

describe('sandbox by bubblewrap', () => {
  it('reads everything, writes the project, and keeps a part of it', () => {
    mkdirSync(join(root, '.git'))
    const { argv } = wrapped(rules([special('root'), 'read'], [root, 'write'], [join(root, '.git'), 'read']))
    expect(has(argv, '--ro-bind', '/', '/')).toBe(true)
    expect(argv.indexOf(root)).toBeLessThan(argv.indexOf(join(root, '.git')))
    expect(has(argv, '--bind', root, root)).toBe(true)
    expect(has(argv, '--ro-bind', join(root, '.git'), join(root, '.git'))).toBe(true)
    expect([has(argv, '--unshare-net'), argv.slice(-2)]).toEqual([true, ['--', 'true']])
  })

  it('leaves the network where it is allowed', () => {
    const { permissions } = sandbox([['/w', 'read']])
    const open = rulesOf({ permissions: { ...permissions, network: 'enabled' } as typeof permissions }, {}) as Rules
    expect(has(wrapped(open).argv, '--unshare-net')).toBe(false)
  })

  it('shows nothing that nothing names', () => {
    const { argv } = wrapped(rules([root, 'read']))
    expect([has(argv, '--tmpfs', '/'), has(argv, '--remount-ro', '/')]).toEqual([true, true])
  })

  it('covers what is denied: folders, files, and what patterns mean', () => {
    mkdirSync(join(root, 'folder'))
    for (const name of ['file', 'a.env']) writeFileSync(join(root, name), '')
    const { argv } = wrapped(
      rules(
        [root, 'write'],
        [join(root, 'folder'), 'deny'],
        [join(root, 'file'), 'deny'],
        [{ type: 'glob_pattern', pattern: `${root}/**/*.env` }, 'deny'],
      ),
    )
    expect(has(argv, '--perms', '000', '--tmpfs', join(root, 'folder'), '--remount-ro', join(root, 'folder'))).toBe(
      true,
    )
    for (const name of ['file', 'a.env']) expect(has(argv, '--ro-bind', '/dev/null', join(root, name))).toBe(true)
  })

  it('guards what is not there yet by an empty folder, unless it need not', () => {
    const guarded = wrapped(rules([root, 'write'], [join(root, '.git'), 'read'], [join(root, '.x'), 'read', 'skip']))
    expect(guarded.placeholders).toEqual([join(root, '.git')])
    mkdirSync(join(root, '.git'))
    const again = wrapped(rules([root, 'write'], [join(root, '.git'), 'read']), guarded.placeholders)
    expect(again.placeholders).toEqual(guarded.placeholders)
  })

  it('means by a link what it leads to', () => {
    mkdirSync(join(root, 'real'))
    symlinkSync(join(root, 'real'), join(root, 'link'))
    const { argv } = wrapped(rules([join(root, 'link'), 'write']))
    expect(has(argv, '--bind', join(root, 'real'), join(root, 'real'))).toBe(true)
  })

  it('names a program as it is to be called', () => {
    const { argv } = wrap({
      ...BWRAP,
      rules: rules(['/w', 'read']),
      argv: ['x', 'y'],
      arg0: 'z',
      cwd: '/',
      held: () => false,
    })
    expect(argv.slice(-6)).toEqual(['/bin/bash', '-c', 'exec -a "$0" "$@"', 'z', 'x', 'y'])
  })
})
