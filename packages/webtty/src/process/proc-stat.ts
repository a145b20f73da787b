/** Owns reading /proc: who a process is, what group it is in, and whether it is still the one that was meant. */
import { readFileSync } from 'node:fs'

/** Fields of /proc/PID/stat, proc_pid_stat(5). */
export interface ProcStat {
  readonly pid: number
  /** One letter; `Z` is dead and not collected, `X` is dead. */
  readonly state: string
  readonly group: number
  readonly session: number
  /** Foreground process group of its terminal, or -1. */
  readonly foreground: number
  /** Clock ticks from boot to its start: with the pid, the identity of a process. */
  readonly startedTicks: string
}

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

/** What the kernel says of a process, or undefined when there is none or no /proc. */
export const procStat = (pid: number): ProcStat | undefined => {
  const text = readText(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name may hold spaces and brackets; what follows the last bracket is plain.
  const [state = 'X', , group, session, , foreground, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    state,
    group: Number(group),
    session: Number(session),
    foreground: Number(foreground),
    startedTicks: rest[13] ?? '',
  }
}

/** Whether the process runs; one that is dead and waits to be collected does not. */
export const isAlive = (stat: ProcStat | undefined): stat is ProcStat =>
  stat !== undefined && stat.state !== 'Z' && stat.state !== 'X'

/** A process that cannot be mistaken for a later one with the same pid. */
export interface Identity {
  readonly pid: number
  /** Empty where there is no /proc: then only the pid counts. */
  readonly startedTicks: string
}

/** Who has this pid now. */
export const identify = (pid: number): Identity => ({ pid, startedTicks: procStat(pid)?.startedTicks ?? '' })

/** Whether `pid` is still the process that was identified, alive. */
export const isStill = ({ pid, startedTicks }: Identity): boolean => {
  if (startedTicks === '') return existsPid(pid)
  const stat = procStat(pid)
  return isAlive(stat) && stat.startedTicks === startedTicks
}

/** Whether the number of the group that this process led is still that of its group: no later process has got its pid. */
export const ownsGroup = ({ pid, startedTicks }: Identity): boolean => {
  const stat = procStat(pid)
  return stat === undefined || stat.startedTicks === startedTicks
}

const existsPid = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
