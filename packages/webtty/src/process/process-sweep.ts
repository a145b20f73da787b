/** Owns finding the processes of a command wherever they went: in its group, or by the mark in their environment. */
import { readdirSync, readFileSync } from 'node:fs'
import { COOKIE_NAME } from './environment.ts'
import { type Identity, isAlive, ownsGroup, procStat, type ProcStat } from './proc-stat.ts'

const pids = (): readonly number[] => {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** The environment is bytes of `name=value` with a zero after each. Unreadable is not ours: another user's. */
const isMarked = (pid: number, mark: string): boolean => {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(mark)
  } catch {
    return false
  }
}

export interface SweepAsk {
  /** The leader: its pid is also the number of its group and session. */
  readonly leader: Identity
  readonly cookie: string
  /** The variable that holds it, for those who start processes beneath a command of ours. */
  readonly cookieName?: string
}

/** All that live, each with the identity that tells it from a later process with its pid. About 5 ms for 200 processes. */
export const sweep = ({ leader, cookie, cookieName = COOKIE_NAME }: SweepAsk): readonly Identity[] => {
  const mark = `\0${cookieName}=${cookie}\0`
  const grouped = ownsGroup(leader)
  const isOurs = (stat: ProcStat): boolean =>
    (grouped && (stat.group === leader.pid || stat.session === leader.pid)) || isMarked(stat.pid, mark)
  return pids().flatMap((pid) => {
    if (pid === process.pid) return []
    const stat = procStat(pid)
    return isAlive(stat) && isOurs(stat) ? [{ pid, startedTicks: stat.startedTicks }] : []
  })
}
