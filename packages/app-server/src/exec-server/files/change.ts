/** Owns changing files of an exec-server. */
import { constants } from 'node:fs'
import { cp, mkdir, open, rm, rmdir, lstat, unlink } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { throughGate } from '../../sandbox/file-gate.ts'
import { RpcError } from '../../rpc/rpc-error.ts'
import type { Rules } from '../../sandbox/rules.ts'
import type { Target } from './read.ts'

const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC
const MODE = 0o666

export const writeFile = async (target: Target, bytes: Uint8Array): Promise<object> => {
  const flags = target.rules === undefined ? WRITE : WRITE | constants.O_NOFOLLOW
  const handle = await throughGate({ ...target, need: 'write' }, (path) => open(path, flags, MODE))
  try {
    await handle.writeFile(bytes)
  } finally {
    await handle.close()
  }
  return {}
}

export const createDirectory = async (target: Target, recursive: boolean): Promise<object> => {
  if (recursive) await createAbove(target)
  await throughGate({ ...target, need: 'write' }, (path) => mkdir(path)).catch(async (error: NodeJS.ErrnoException) => {
    if (!recursive || error.code !== 'EEXIST' || !(await isFolder(target.path))) throw error
  })
  return {}
}

/** One folder after the other, each through the gate. */
const createAbove = async ({ path, rules }: Target): Promise<void> => {
  const above = dirname(path)
  if (above === sep || (await isFolder(above))) return
  await createDirectory({ path: above, rules }, true)
}

const isFolder = async (path: string): Promise<boolean> => {
  const found = await lstat(`${path}${path.endsWith(sep) ? '' : sep}`).catch(() => undefined)
  return found?.isDirectory() ?? false
}

export interface RemoveHow {
  readonly recursive: boolean
  readonly force: boolean
}

/** A link is removed, not what it leads to. */
export const remove = async (target: Target, { recursive, force }: RemoveHow): Promise<object> => {
  if (target.path === sep) throw new RpcError('invalidRequest', 'The root folder is not removed.')
  await throughGate({ ...target, need: 'write', nofollow: true, deep: recursive }, async (path) => {
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (force && error.code === 'ENOENT') return undefined
      throw error
    })
    if (!found) return
    if (!found.isDirectory()) return await unlink(path)
    if (recursive) await rm(path, { recursive: true })
    else await rmdir(path)
  })
  return {}
}

export interface CopyRequest {
  readonly from: string
  readonly to: string
  readonly recursive: boolean
  readonly rules: Rules | undefined
}

/** Links are copied as links. A folder of which a part is kept from the client is not copied under a sandbox. */
export const copy = async ({ from, to, recursive, rules }: CopyRequest): Promise<object> => {
  await throughGate({ path: from, rules, need: 'read', deep: recursive }, async (source) => {
    if (!recursive && (await lstat(source)).isDirectory())
      throw new RpcError('invalidRequest', 'fs/copy of a folder needs recursive: true')
    await throughGate({ path: to, rules, need: 'write', deep: recursive }, (target) =>
      cp(source, target, { recursive, verbatimSymlinks: true, force: true }),
    )
  })
  return {}
}
