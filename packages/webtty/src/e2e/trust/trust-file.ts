/** Owns files that decide who is trusted: read only while nobody else could have changed them, written whole, one at a time. */
import { constants, type Stats } from 'node:fs'
import { lstat, mkdir, open, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withFileLock, writePrivateFile } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'

/** The folder of a user's identities, clients and servers; `home` is the folder that Towline keeps its state in. */
export const trustFolder = (home: string): string => join(home, 'webtty')

const [WRITABLE, READABLE] = [0o022, 0o077]

/** Who else may do what with a file before it is refused: read a secret, write a list. */
const REFUSED = {
  secret: [READABLE, 'others may read it', 'chmod 600'],
  list: [WRITABLE, 'others may write it', 'chmod 600'],
  folder: [WRITABLE, 'others may write it', 'chmod 700'],
} as const
type Kind = keyof typeof REFUSED

/** The text, or undefined when there is no such file. Throws E2E_IDENTITY_UNSAFE. */
export const readTrustFile = async (
  home: string,
  { file, kind }: { readonly file: string; readonly kind: Exclude<Kind, 'folder'> },
): Promise<string | undefined> => {
  if (!(await checkFolders(home, file))) return undefined
  // What is opened is what is looked at: neither a link nor a pipe, and not exchanged in between.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(file, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unsafe(file, error.code === 'ELOOP' ? 'it is a link' : `it cannot be read (${error.code ?? 'unknown'})`)
  })
  if (!handle) return undefined
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw unsafe(file, 'it is not a file')
    check(file, found, kind)
    if (found.size > LIMITS.e2eFileBytes) throw unsafe(file, `it is longer than ${LIMITS.e2eFileBytes} bytes`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** Changes a file while no other process does. Nothing is written when `change` throws or answers undefined. */
export const changeTrustFile = async (
  home: string,
  {
    file,
    kind,
    change,
  }: {
    readonly file: string
    readonly kind: Exclude<Kind, 'folder'>
    readonly change: (text: string | undefined) => string | undefined
  },
): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await checkFolders(home, file)
  await withFileLock(file, async () => {
    const text = change(await readTrustFile(home, { file, kind }))
    if (text !== undefined) await writePrivateFile(file, text)
  })
}

/** Every folder from `home` down to the file; false when one is not there. */
const checkFolders = async (home: string, file: string): Promise<boolean> => {
  const folders: string[] = []
  for (let folder = dirname(file); folder.length >= home.length; folder = dirname(folder)) {
    folders.unshift(folder)
    if (folder === home || folder === dirname(folder)) break
  }
  for (const folder of folders) {
    const [own, target] = await Promise.all([lstat(folder), stat(folder)]).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw unsafe(folder, `it cannot be read (${error.code ?? 'unknown'})`)
    })
    if (!own || !target) return false
    if (!isOurs(own)) throw unsafe(folder, 'it belongs to somebody else')
    if (!target.isDirectory()) throw unsafe(folder, 'it is not a folder')
    check(folder, target, 'folder')
  }
  return true
}

const check = (path: string, found: Stats, kind: Kind): void => {
  if (process.platform === 'win32') return
  const [mask, problem, command] = REFUSED[kind]
  if (!isOurs(found)) throw unsafe(path, 'it belongs to somebody else')
  if ((found.mode & mask) !== 0) throw unsafe(path, `${problem}; run: ${command} ${path}`)
}

/** Ours, or of root, who could do anything anyway. */
const isOurs = ({ uid }: Stats): boolean => {
  const own = process.geteuid?.()
  return own === undefined || uid === own || uid === 0
}

const unsafe = (file: string, problem: string): AppError => new AppError('E2E_IDENTITY_UNSAFE', { file, problem })
