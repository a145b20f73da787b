/** Owns reading and replacing a file of settings that belongs to an agent: whole, at once, where a link leads, with its mode. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError, LIMITS } from '@towline/protocol'

/** Its text; nothing when it is not there. Throws CONFIG_INVALID. */
export const readAgentFile = async (file: string): Promise<string> => {
  try {
    const { size } = await stat(file)
    if (size > LIMITS.agentFileBytes) throw unusable(file, `it is larger than ${LIMITS.agentFileBytes} bytes`)
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof AppError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    throw unusable(file, `it cannot be read (${code ?? 'unknown'})`)
  }
}

/** Refused when somebody else wrote it since it was read as `before`. Throws CONFIG_INVALID, AGENT_FILE_CHANGED. */
export const replaceAgentFile = async (named: string, before: string, text: string): Promise<void> => {
  // Dotfiles are often links into a folder that is kept under version control.
  const file = await realpath(named).catch(() => named)
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const mode = await stat(file).then(
      (found) => found.mode & 0o777,
      () => 0o600,
    )
    await writeDraft(draft, text, mode)
    if ((await readAgentFile(file)) !== before) throw new AppError('AGENT_FILE_CHANGED', { file })
    await rename(draft, file)
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    if (error instanceof AppError) throw error
    throw unusable(file, `it cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}

const writeDraft = async (draft: string, text: string, mode: number): Promise<void> => {
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const unusable = (file: string, problem: string): AppError =>
  new AppError('CONFIG_INVALID', { key: 'the whole file', file, problem })
