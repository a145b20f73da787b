/** Owns where the supervisor of this user lives: its folder, and the file that says under which socket it answers. */
import type { Stats } from 'node:fs'
import { lstat, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseJson, readPrivateFile, writePrivateFile } from '@towline/base'
import { AppError } from '@towline/protocol'
import { type Env, homeDir } from '../context/home.ts'

/** Files below the home folder; all of them are for their owner alone. */
export interface LocalPlace {
  readonly folder: string
  /** Who answers where; see {@link Where}. */
  readonly where: string
  /** What is or was served; see state-file.ts. */
  readonly state: string
  readonly log: string
  /** Held while a supervisor begins or ends. */
  readonly turn: string
  /** Held while a client starts one. */
  readonly start: string
}

/** Which supervisor answers, and under which socket. */
export interface Where {
  readonly supervisorId: string
  readonly socket: string
  readonly pid: number
}

export const localPlace = (env: Env): LocalPlace => {
  const folder = join(homeDir(env), 'local')
  const file = (name: string): string => join(folder, name)
  return {
    folder,
    where: file('where.json'),
    state: file('state.json'),
    log: file('log'),
    turn: file('turn'),
    start: file('start'),
  }
}

/** Makes the folder. Throws CONFIG_INVALID when it is not ours alone: who may write there could pose as the supervisor. */
export const openFolder = async ({ folder }: LocalPlace): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('CONFIG_INVALID', { key: 'folder', file: folder, problem: error.code ?? error.message })
  })
  await checkFolder(folder)
}

/** Undefined when no supervisor said where it is. Throws CONFIG_INVALID as {@link openFolder}. */
export const readWhere = async (place: LocalPlace): Promise<Where | undefined> => {
  const text = await readPrivateFile(place.where)
  if (text === undefined) return undefined
  await checkFolder(place.folder)
  const { supervisorId, socket, pid } = (parseJson(text) ?? {}) as Partial<Record<keyof Where, unknown>>
  if (typeof supervisorId !== 'string' || typeof socket !== 'string' || typeof pid !== 'number') return undefined
  return { supervisorId, socket, pid }
}

export const writeWhere = (place: LocalPlace, where: Where): Promise<void> =>
  writePrivateFile(place.where, `${JSON.stringify(where)}\n`)

/** Bytes of a socket's path that every system takes: `sun_path` has 104 on macOS and 108 on Linux, one of them 0. */
const PATH_BYTES = 100

/** A path for a new socket: in the folder, or in a fresh short one when its path is too long. */
export const newSocketPath = async ({ folder }: LocalPlace, supervisorId: string, env: Env): Promise<string> => {
  const own = join(folder, `${supervisorId}.sock`)
  if (Buffer.byteLength(own) <= PATH_BYTES) return own
  for (const root of [env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp']) {
    const prefix = join(root ?? '', 'towline-')
    if (!prefix.startsWith('/') || Buffer.byteLength(prefix) > PATH_BYTES - '123456/s'.length) continue
    // mkdtemp makes a folder that was not there, for its owner alone: nobody can have prepared it.
    const made = await mkdtemp(prefix).catch(() => undefined)
    if (made !== undefined) return join(made, 's')
  }
  throw new AppError('CONFIG_INVALID', {
    key: 'TOWLINE_HOME',
    file: 'the environment',
    problem: 'its path is too long',
  })
}

/**
 * Whether only this user can have put a socket there. A short folder below /tmp is gone after a restart, or once it was tidied up;
 * whoever makes one of that name waits there for tokens.
 */
export const isOwnSocket = async (socket: string): Promise<boolean> => {
  const found = await lstat(dirname(socket)).catch(() => undefined)
  return found !== undefined && flawOf(found) === undefined
}

/** Removes a socket, and the short folder that was made for it. What is in another's folder is another's. */
export const removeSocket = async ({ folder }: LocalPlace, socket: string): Promise<void> => {
  if (!(await isOwnSocket(socket))) return
  await rm(socket, { force: true }).catch(() => undefined)
  if (/\/towline-[A-Za-z0-9]{6}\/s$/.test(socket) && dirname(socket) !== folder)
    await rm(dirname(socket), { recursive: true, force: true }).catch(() => undefined)
}

const OTHERS = 0o077

const checkFolder = async (folder: string): Promise<void> => {
  const flaw = flawOf(await lstat(folder))
  if (flaw === undefined) return
  const problem = flaw === OPEN ? `${flaw}; run: chmod 700 ${folder}` : flaw
  throw new AppError('CONFIG_INVALID', { key: 'mode', file: folder, problem })
}

const OPEN = 'others may enter it'

/** Why a folder is not this user's alone. */
const flawOf = (found: Stats): string | undefined => {
  if (!found.isDirectory()) return 'it is not a folder'
  if (process.getuid && found.uid !== process.getuid()) return 'it belongs to another user'
  return process.platform !== 'win32' && (found.mode & OTHERS) !== 0 ? OPEN : undefined
}
