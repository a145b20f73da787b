/** Owns open questions as files of lines, one a thread: each line one that was asked or answered, or the id of one that is over. */
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { QuestionStore, StoredQuestion } from './question-store.ts'

const LINE = z.union([
  z.object({ over: z.string() }),
  z.object({
    id: z.string(),
    threadId: z.string(),
    method: z.string(),
    params: z.looseObject({}),
    askedAtMs: z.number(),
    answer: z.unknown().optional(),
  }),
])

/** A thread's id is a file's name, so nothing else may be one. */
const NAME = /^[0-9a-zA-Z-]{1,64}$/

export const questionFiles = (folder: string): QuestionStore => {
  const fileOf = (threadId: string): string | undefined =>
    NAME.test(threadId) ? join(folder, `${threadId}.jsonl`) : undefined
  const append = (threadId: string, line: object): void => {
    const file = fileOf(threadId)
    if (file === undefined) return
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true })
  }
  const load = (threadId: string): readonly StoredQuestion[] => {
    const file = fileOf(threadId)
    return file === undefined ? [] : [...openIn(textOf(file)).values()]
  }
  return {
    load,
    put: (question) => append(question.threadId, question),
    remove: (threadId, id) => {
      append(threadId, { over: id })
      const file = fileOf(threadId)
      if (file !== undefined && load(threadId).length === 0) rmSync(file, { force: true })
    },
  }
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** A line that was cut by a crash is passed over. */
const openIn = (text: string): ReadonlyMap<string, StoredQuestion> => {
  const open = new Map<string, StoredQuestion>()
  for (const line of text.split('\n')) {
    const read = lineOf(line)
    if (!read) continue
    if ('over' in read) open.delete(read.over)
    else open.set(read.id, read)
  }
  return open
}

const lineOf = (line: string): z.infer<typeof LINE> | undefined => {
  try {
    return LINE.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}
