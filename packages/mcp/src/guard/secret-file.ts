/** Owns reading a file that holds a secret: only its owner may read it, and Towline's own files are not handed out. */
import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import type { AppError } from '@towline/protocol'

export interface SecretFileOptions {
  readonly home: string
  /** Bytes. */
  readonly most: number
  readonly refuse: (problem: string) => AppError
}

/** Group and other. */
const OTHERS = 0o077

/** The text of a file. Rejects with what `refuse` makes of the problem. */
export const readSecretFile = async (path: string, { home, most, refuse }: SecretFileOptions): Promise<string> => {
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw refuse(`it cannot be read (${error.code ?? 'unknown'})`)
  })
  const own = await realpath(home).catch(() => home)
  if (/^\/(proc|sys|dev)\//.test(real)) throw refuse('it is not a file')
  if (real === own || real.startsWith(`${own}${sep}`)) throw refuse("Towline's own files are not handed out")
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      throw refuse(`it cannot be read (${error.code ?? 'unknown'})`)
    },
  )
  try {
    const { mode, size } = await handle.stat().then((found) => {
      if (!found.isFile()) throw refuse('it is not a file')
      return found
    })
    if ((mode & OTHERS) !== 0) throw refuse('others may read it; chmod 600 it first')
    if (size > most) throw refuse('it is too long')
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}
