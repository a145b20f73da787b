/** Owns the words by which bubblewrap enforces the rules of a sandbox on one command (bwrap(1)). */
import { statSync } from 'node:fs'
import { dirname, sep } from 'node:path'
import { findDenied } from './patterns.ts'
import { accessTo, type PathRule, type Rules } from './rules.ts'

export interface Wrapped {
  readonly argv: readonly string[]
  /** Empty folders that stand where nothing was, so that nothing can be put there; whoever ran the command removes them. */
  readonly placeholders: readonly string[]
}

export interface WrapRequest {
  readonly bwrap: string
  /** Words that open the filter of system calls, by whether the network is allowed. */
  readonly filtered: (network: boolean) => readonly string[]
  readonly rules: Rules
  readonly argv: readonly string[]
  readonly arg0: string | undefined
  readonly cwd: string
  /** Whether an empty folder guards that place already. */
  readonly held: (path: string) => boolean
}

/** Namespaces of its own, no way to more rights, an end with the one that started it, and the filter that is open as 9. */
const ALWAYS = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--die-with-parent',
  '--cap-drop',
  'ALL',
  '--seccomp',
  '9',
]

/** Throws SANDBOX_UNSUPPORTED. */
export const wrap = ({ bwrap, filtered, rules, argv, arg0, cwd, held }: WrapRequest): Wrapped => {
  const { paths } = rules
  const mounts = paths === undefined ? { words: ['--bind', sep, sep], placeholders: [] } : mountsOf(paths, rules, held)
  const words = [
    ...ALWAYS,
    ...(rules.network === 'restricted' ? ['--unshare-net'] : []),
    ...mounts.words,
    ...['--chdir', cwd, '--'],
    ...(arg0 === undefined ? [] : CALLED(arg0)),
  ]
  return {
    argv: [...filtered(rules.network === 'enabled'), bwrap, ...words, ...argv],
    placeholders: mounts.placeholders,
  }
}

/** Bubblewrap learned names of programs in 0.9; a shell knows how. */
const CALLED = (arg0: string): readonly string[] => ['/bin/bash', '-c', 'exec -a "$0" "$@"', arg0]

interface Mounts {
  readonly words: readonly string[]
  readonly placeholders: readonly string[]
}

const mountsOf = (paths: readonly PathRule[], rules: Rules, held: WrapRequest['held']): Mounts => {
  const root = accessTo(rules, sep)
  const base = { read: ['--ro-bind', sep, sep], write: ['--bind', sep, sep], deny: ['--tmpfs', sep] }[root]
  const placeholders: string[] = []
  const words = paths.flatMap(({ path, access, maySkip }) => {
    if (path === sep) return []
    const sort = held(path) ? 'missing' : sortOf(path)
    if (sort !== 'missing') return MOUNT[access](path, sort)
    // What may be written nowhere needs no guard; what could be made is guarded by an empty folder.
    if (maySkip || access === 'write' || accessTo(rules, dirname(path)) !== 'write') return []
    if (sortOf(dirname(path)) !== 'folder') return []
    placeholders.push(path)
    return access === 'deny' ? MOUNT.deny(path, 'folder') : ['--perms', '755', ...EMPTY(path)]
  })
  const denied = findDenied(rules.denied).flatMap((path) => MOUNT.deny(path, sortOf(path)))
  const closed = root === 'deny' ? ['--remount-ro', sep] : []
  return { words: [...base, ...['--dev', '/dev', '--proc', '/proc'], ...words, ...denied, ...closed], placeholders }
}

/** A folder with nothing in it, where nothing can be made. */
const EMPTY = (path: string): readonly string[] => ['--tmpfs', path, '--remount-ro', path]

type Sort = 'folder' | 'other' | 'missing'

const sortOf = (path: string): Sort => {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other'
  } catch {
    return 'missing'
  }
}

const MOUNT: Readonly<Record<PathRule['access'], (path: string, sort: Sort) => readonly string[]>> = {
  read: (path) => ['--ro-bind', path, path],
  write: (path) => ['--bind', path, path],
  // A device that may not be opened there: mounts of a sandbox have none.
  deny: (path, sort) => (sort === 'folder' ? ['--perms', '000', ...EMPTY(path)] : ['--ro-bind', '/dev/null', path]),
}
