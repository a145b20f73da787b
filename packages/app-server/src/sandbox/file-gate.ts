/**
 * Owns access to one path under a sandbox. The folder above is opened and asked where it is, and the work is done beneath that
 * very folder: who swaps a link meanwhile gains nothing. A link at the path itself is followed first, to where it leads.
 */
import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { AppError } from '@towline/protocol'
import { patternMatches } from './patterns.ts'
import { accessTo, type Rules } from './rules.ts'

export type Need = 'read' | 'write'

export interface GateRequest {
  /** Absolute. */
  readonly path: string
  readonly rules: Rules | undefined
  readonly need: Need
  /** The work is about the link itself. */
  readonly nofollow?: boolean
  /** The work is about all that is below too. */
  readonly deep?: boolean
}

/** Does `work` on a path that is what was allowed. Rejects with SANDBOX_REFUSED, else as the system does. */
export const throughGate = async <Result>(
  { path, rules, need, nofollow = false, deep = false }: GateRequest,
  work: (path: string) => Promise<Result>,
): Promise<Result> => {
  if (rules === undefined) return work(path)
  const asked = nofollow ? path : await realpath(path).catch(() => path)
  if (asked === sep) {
    check(rules, sep, need)
    return work(sep)
  }
  const folder = await openFolder(dirname(asked))
  try {
    const real = join(await readlink(`/proc/self/fd/${folder.fd}`), basename(asked))
    check(rules, real, need)
    if (deep) checkBelow(rules, real, need)
    return await work(`/proc/self/fd/${folder.fd}/${basename(asked)}`)
  } finally {
    await folder.close()
  }
}

const openFolder = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY | constants.O_DIRECTORY)

const check = (rules: Rules, path: string, need: Need): void => {
  const access = rules.denied.some((one) => patternMatches(one)(path)) ? 'deny' : accessTo(rules, path)
  if (access === 'write' || access === need) return
  throw new AppError('SANDBOX_REFUSED', { access: need, path })
}

/** Whoever may do it to a folder may not do it to a part of it that has a rule of its own. */
const checkBelow = (rules: Rules, path: string, need: Need): void => {
  const [kept] = rules.denied
  if (kept !== undefined) throw new AppError('SANDBOX_REFUSED', { access: need, path: kept })
  for (const rule of rules.paths ?? []) if (rule.path.startsWith(`${path}${sep}`)) check(rules, rule.path, need)
}
