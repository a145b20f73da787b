/** Owns reading and writing files that hold secrets: never readable by others, never half-written. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '@towline/protocol'

/** Group and other: read, write, execute. */
const OTHERS = 0o077

/** The text of a file, or undefined when there is none. Throws CONFIG_INVALID when others may read it. */
export const readPrivateFile = async (file: string): Promise<string | undefined> =>
  (await stateOf(file)) === undefined ? undefined : await read(file)

/** The same for a file that is asked for often: it is looked at each time, and read when it is another than before. */
export const privateReader = (): typeof readPrivateFile => {
  let known: { readonly file: string; readonly state: string; readonly text: string } | undefined
  return async (file) => {
    const state = await stateOf(file)
    if (state === undefined) return undefined
    if (known?.file !== file || known.state !== state) known = { file, state, text: await read(file) }
    return known.text
  }
}

/** What differs when the file was written anew. */
const stateOf = async (file: string): Promise<string | undefined> => {
  const found = await stat(file, { bigint: true }).catch(absent)
  if (!found) return undefined
  if (!found.isFile()) throw unsafe(file, 'it is not a file')
  if (process.platform !== 'win32' && (Number(found.mode) & OTHERS) !== 0) {
    throw unsafe(file, `others may read it; run: chmod 600 ${file}`)
  }
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ')
}

const read = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unsafe(file, `it cannot be read (${error.code ?? 'unknown'})`, 'file')
  })

/** Replaces a file at once: readers see the old text or the new one. The folder is made for its owner alone. */
export const writePrivateFile = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw cannotWrite(file, error)
  })
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeAll(draft, text)
    await rename(draft, file)
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw cannotWrite(file, error)
  }
}

const writeAll = async (file: string, text: string): Promise<void> => {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw unsafe(String(error.path), `it cannot be read (${error.code ?? 'unknown'})`, 'file')
}

/** As CONFIG_INVALID. */
export const cannotWrite = (file: string, error: unknown): AppError =>
  unsafe(file, `it cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, 'file')

const unsafe = (file: string, problem: string, key = 'mode'): AppError =>
  new AppError('CONFIG_INVALID', { key, file, problem })
