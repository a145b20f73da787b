/** Owns reading a TOML file of settings: bounded, and what is wrong in it named by file and key. */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { AppError, LIMITS } from '@towline/protocol'
import type { z } from 'zod'

export type Table = Readonly<Record<string, unknown>>

export interface ConfigFile {
  readonly path: string
  readonly text: string
  readonly data: Table
}

/** Empty where there is no file. Rejects with CONFIG_INVALID. */
export const readToml = async (path: string): Promise<ConfigFile> => {
  const text = await readText(path)
  return { path, text, data: text === '' ? {} : await parseToml(path, text) }
}

/** Rejects with CONFIG_INVALID. */
export const parseToml = async (path: string, text: string): Promise<Table> => {
  const { parse } = await import('smol-toml')
  try {
    return parse(text)
  } catch (error) {
    throw invalidFile(path, `it is not TOML: ${(error as Error).message.split('\n')[0]?.slice(0, 200)}`)
  }
}

const readText = async (path: string): Promise<string> => {
  try {
    const found = await stat(path)
    const { size } = found
    if (found.isFIFO() || found.isSocket()) throw invalidFile(path, 'it is no file.')
    if (size > LIMITS.agentFileBytes) throw invalidFile(path, `it is larger than ${LIMITS.agentFileBytes} bytes.`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof AppError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw invalidFile(path, `it cannot be read (${code ?? 'unknown'}).`)
  }
}

export const invalidFile = (file: string, problem: string): AppError =>
  new AppError('CONFIG_INVALID', { key: 'the whole file', file, problem })

/** What a shape found first, with the path of its key. */
export const invalidBy = (file: string, error: z.ZodError): AppError => {
  const [issue] = error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const key = [...(issue?.path ?? []), ...unknown].join('.') || 'the whole file'
  const problem = unknown.length > 0 ? 'there is no such setting.' : `${issue?.message}.`
  return new AppError('CONFIG_INVALID', { file, key, problem })
}

/** Changes with every byte of the text. */
export const versionOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`
