/** Owns names of threads (`session_index.jsonl`, as Codex has it): one line each time one is given, the last counts. */
import { appendFile, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from './json.ts'

export interface ThreadNames {
  read(): Promise<ReadonlyMap<string, string>>
  set(threadId: string, name: string, now: number): Promise<void>
}

export const threadNames = (home: string): ThreadNames => {
  const path = join(home, 'session_index.jsonl')
  let known: { readonly state: string; readonly names: ReadonlyMap<string, string> } | undefined
  return {
    read: async () => {
      const state = await stateOf(path)
      if (known?.state !== state)
        known = { state, names: state === '' ? new Map() : namesIn(await readFile(path, 'utf8')) }
      return known.names
    },
    set: async (id, thread_name, now) => {
      const line = JSON.stringify({ id, thread_name, updated_at: new Date(now).toISOString() })
      await appendFile(path, `${line}\n`, { mode: 0o600 })
    },
  }
}

const stateOf = async (path: string): Promise<string> => {
  try {
    const { size, mtimeMs } = await stat(path)
    return `${size} ${mtimeMs}`
  } catch {
    return ''
  }
}

const namesIn = (lines: string): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const line of lines.split('\n')) {
    const [id, name] = named(line)
    if (id !== undefined && name !== undefined) names.set(id, name)
  }
  return names
}

const named = (line: string): readonly (string | undefined)[] => {
  try {
    const { id, thread_name } = JSON.parse(line) as Readonly<Record<string, unknown>>
    return [text(id), text(thread_name)]
  } catch {
    return []
  }
}
