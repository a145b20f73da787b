/** Owns where rollouts lie: `sessions/YYYY/MM/DD/rollout-<local time>-<thread id>.jsonl` below the home, as Codex has them. */
import { basename, join } from 'node:path'

export const SESSIONS = 'sessions'
export const ARCHIVED = 'archived_sessions'

const NAME = /^rollout-(\d{4})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-(\d\d)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/

const two = (value: number): string => String(value).padStart(2, '0')

/** Of a thread that begins now; `now` in ms. */
export const rolloutPath = (home: string, threadId: string, now: number): string => {
  const at = new Date(now)
  const day = [String(at.getFullYear()), two(at.getMonth() + 1), two(at.getDate())] as const
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('-')
  return join(home, SESSIONS, ...day, `rollout-${day.join('-')}T${time}-${threadId}.jsonl`)
}

/** The id in the name of a rollout; undefined for any other file. */
export const threadIdOf = (path: string): string | undefined => NAME.exec(basename(path))?.[7]

/** Where a rollout goes when it comes out of the archive. */
export const unarchivedPath = (home: string, path: string): string => {
  const [, year, month, day] = NAME.exec(basename(path)) as RegExpExecArray
  return join(home, SESSIONS, year as string, month as string, day as string, basename(path))
}

export const archivedPath = (home: string, path: string): string => join(home, ARCHIVED, basename(path))
