/** Owns finding bubblewrap and trying once whether it may do its work here: containers often forbid it. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { AppError, LIMITS } from '@towline/protocol'

const PROGRAM = 'bwrap'
const TRY = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-net',
  '--ro-bind',
  '/',
  '/',
  '--dev',
  '/dev',
  '--proc',
  '/proc',
]
/** Its path. Rejects with SANDBOX_MISSING. */
export type FindBubblewrap = () => Promise<string>

/** Looks by `path` (as the variable PATH); what was found is tried once. */
export const bubblewrapIn = (path: string | undefined): FindBubblewrap => {
  let found: Promise<string> | undefined
  return () => {
    found ??= look(path ?? '').catch((error: unknown) => {
      // It may be installed meanwhile.
      found = undefined
      throw error
    })
    return found
  }
}

const look = async (path: string): Promise<string> => {
  const file = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, PROGRAM))
    .find(isProgram)
  if (file === undefined) throw new AppError('SANDBOX_MISSING', { problem: 'bubblewrap (bwrap) is not installed.' })
  await tryOut(file)
  return file
}

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const tryOut = (file: string): Promise<void> =>
  new Promise((done, fail) => {
    execFile(file, [...TRY, '--', '/bin/true'], { timeout: LIMITS.sandboxTryMs }, (error, _out, said) => {
      if (!error) return done()
      const [first = ''] = said.trim().split('\n')
      fail(new AppError('SANDBOX_MISSING', { problem: `${file} may not do its work: ${first.slice(0, 200)}.` }))
    })
  })
