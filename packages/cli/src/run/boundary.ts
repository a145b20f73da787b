/** Owns reading a resource boundary that was given as JSON or as the name of a file that holds it. */
import { readFile } from 'node:fs/promises'
import { AppError, type Boundary, readBoundary, shown } from '@towline/protocol'

/** Throws OPTION_INVALID or BOUNDARY_INVALID. Regexes are left to the server, which knows which it takes. */
export const boundaryOf = async (value: string): Promise<Boundary> =>
  readBoundary(value.trimStart().startsWith('{') ? value : await textOf(value))

const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const problem = `it is not JSON, and no file that can be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`
    throw new AppError('OPTION_INVALID', { option: '--resources', value: shown(path), problem }, { cause: error })
  }
}
