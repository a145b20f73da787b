/** Owns the files of rules about commands: those of the home, and of projects that are trusted. */
import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withFileLock } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import type { CommandRule } from './agent-config.ts'
import { parseRules, ruleText } from './rules-text.ts'
import { invalidFile } from './toml-file.ts'

const FOLDER = 'rules'
const ENDING = '.rules'
/** Where what people allow goes. */
const OWN = 'default.rules'

/** Of folders that hold a `rules` folder. What cannot be read is told: it is no rule. */
export const readRules = async (folders: readonly string[]) => {
  const rules: CommandRule[] = []
  const warnings: string[] = []
  for (const folder of folders)
    for (const name of await namesIn(join(folder, FOLDER))) {
      const path = join(folder, FOLDER, name)
      const { text, problem } = await readBounded(path)
      const read = parseRules(text)
      rules.push(...read.rules)
      warnings.push(...[...(problem === undefined ? [] : [problem]), ...read.problems].map((one) => `${path}: ${one}.`))
    }
  return { rules, warnings }
}

/** Once, however often it is allowed. Rejects with CONFIG_INVALID, CONTEXT_BUSY. */
export const appendRule = async (home: string, pattern: readonly string[]): Promise<void> => {
  const path = join(home, FOLDER, OWN)
  const line = ruleText(pattern)
  await withFileLock(path, async () => {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const text = await readFile(path, 'utf8').catch(absent)
      if (text.includes(line)) return
      await appendFile(path, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}`, { mode: 0o600 })
    } catch (error) {
      if (error instanceof AppError) throw error
      throw invalidFile(path, `it cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`)
    }
  })
}

const namesIn = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith(ENDING))
    .toSorted()
    .slice(0, LIMITS.ruleFiles)
}

const readBounded = async (path: string): Promise<{ readonly text: string; readonly problem?: string }> => {
  try {
    const { size } = await stat(path)
    if (size > LIMITS.ruleFileBytes) return { text: '', problem: `it is longer than ${LIMITS.ruleFileBytes} bytes` }
    return { text: await readFile(path, 'utf8') }
  } catch (error) {
    return { text: '', problem: `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})` }
  }
}

const absent = (error: NodeJS.ErrnoException): string => {
  if (error.code === 'ENOENT') return ''
  throw error
}
