/** Owns what `towline exec` reads and writes beside the turn: the prompt, a schema, the last message. */
import { open, readFile, writeFile } from 'node:fs/promises'
import { AppError, LIMITS, shown } from '@towline/protocol'
import type { Io } from '../io.ts'

/** The words, or what stands on standard input. Throws USAGE when there is nothing. */
export const promptOf = async (io: Io, prompt: string | undefined): Promise<string> => {
  if (prompt !== undefined && prompt !== '-') return said(prompt)
  if (prompt === undefined && io.isTty.stdin)
    throw new AppError('USAGE', { problem: 'A prompt is missing; - reads it from standard input.' })
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of io.stdin) {
    bytes += (part as Buffer).length
    if (bytes > LIMITS.tuiPromptChars) throw new AppError('PAYLOAD_TOO_LARGE', { limit: LIMITS.tuiPromptChars })
    parts.push(Buffer.from(part as Buffer))
  }
  return said(Buffer.concat(parts).toString().trimEnd())
}

const said = (prompt: string): string => {
  if (prompt.trim() !== '') return prompt
  throw new AppError('USAGE', { problem: 'The prompt is empty.' })
}

/** A JSON Schema that the last message keeps to. Throws OPTION_INVALID. */
export const schemaOf = async (file: string | undefined): Promise<object | undefined> => {
  if (file === undefined) return undefined
  const fail = (problem: string): AppError =>
    new AppError('OPTION_INVALID', { option: '--output-schema', value: shown(file), problem })
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw fail(inWords(error))
  })
  if (Buffer.byteLength(text) > LIMITS.execSchemaBytes) throw fail(`it is longer than ${LIMITS.execSchemaBytes} bytes`)
  try {
    const schema = JSON.parse(text) as unknown
    if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema
  } catch {
    throw fail('it is not JSON')
  }
  throw fail('it is no JSON object')
}

/** A turn is not begun whose message could not be kept. What is in the file stays till then. Throws OPTION_INVALID. */
export const writableMessage = async (file: string): Promise<void> => {
  try {
    await (await open(file, 'a')).close()
  } catch (error) {
    throw unwritable(file, error)
  }
}

/** Throws OPTION_INVALID. */
export const writeMessage = async (file: string, text: string): Promise<void> => {
  try {
    await writeFile(file, text)
  } catch (error) {
    throw unwritable(file, error)
  }
}

const unwritable = (file: string, error: unknown): AppError => {
  const problem = inWords(error as NodeJS.ErrnoException)
  return new AppError('OPTION_INVALID', { option: '--last-message', value: shown(file), problem }, { cause: error })
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder.',
  ENOTDIR: 'a part of the path is no folder.',
  EISDIR: 'it is a folder.',
  EACCES: 'this user may not open it.',
  EPERM: 'this user may not open it.',
  EROFS: 'its disk is read-only.',
  ENOSPC: 'its disk is full.',
}

const inWords = ({ code, message }: NodeJS.ErrnoException): string => WORDS[code ?? ''] ?? `${code ?? message}.`
