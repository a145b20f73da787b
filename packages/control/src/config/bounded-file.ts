/** Owns reading a file that an operator names, up to a bound. */
import { open } from 'node:fs/promises'
import type { AppError } from '@towline/protocol'

export interface ReadFile {
  readonly text: string
  /** Whether others than its owner may read it. */
  readonly forAll: boolean
}

/** Group and other: read, write, execute. */
const OTHERS = 0o077

/** `fail` says it in the words of the setting that named the file. */
export const readBounded = async (
  file: string,
  bytes: number,
  fail: (problem: string) => AppError,
): Promise<ReadFile> => {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => error)
  if (handle instanceof Error) throw fail(`${file} cannot be read (${handle.code ?? 'unknown'})`)
  try {
    const found = await handle.stat()
    const { mode, size } = found
    if (!found.isFile()) throw fail(`${file} is not a file`)
    if (size > bytes) throw fail(`${file} has more than ${bytes} bytes`)
    return { text: await handle.readFile('utf8'), forAll: process.platform !== 'win32' && (mode & OTHERS) !== 0 }
  } finally {
    await handle.close()
  }
}
