/** Owns what a person reads when a terminal is over: what happened, and what to do next. */
import { AppError, type Exit } from '@towline/protocol'
import type { TerminalEnd } from '../client/open-terminal.ts'

/** Words for the end of a terminal. */
export interface EndWords {
  readonly title: string
  readonly next: string
  /** To be run on the person's own computer. */
  readonly command?: string
  /** What trying again is called; absent where it would not help. */
  readonly again?: string
}

/** `origin` is where the page came from. */
export const endWords = (end: TerminalEnd, origin: string): EndWords => {
  if (end.how === 'exited') return { title: exitWords(end.exit), next: '', again: 'Open another' }
  if (end.how === 'lost') return lostWords(end.error, origin)
  return { title: 'The terminal is closed.', next: '', again: 'Open another' }
}

/** While it tries to come back; `why` the last attempt failed. */
export const waitingWords = (why: unknown, isOnline: boolean): string => {
  if (!isOnline) return 'Offline; coming back\u2026'
  const isAway = why instanceof AppError && AWAY.has(why.code)
  return isAway ? 'The machine is away; coming back\u2026' : 'Coming back\u2026'
}

/** The edge answers, and the machine is not connected to it. */
const AWAY: ReadonlySet<string> = new Set(['TUNNEL_UNKNOWN', 'TUNNEL_OFFLINE'])

const exitWords = ({ exitCode, signal, timedOut }: Exit): string => {
  if (timedOut) return 'Ended: its time was over.'
  return signal === null ? `Ended with status ${exitCode ?? 'unknown'}.` : `Ended by the signal ${signal}.`
}

const lostWords = (error: AppError, origin: string): EndWords => {
  const command = `towline webtty browse --url ${origin}`
  const byCode = LOST[error.code]
  if (byCode) return byCode(command)
  if (error.row.http === 401) return { ...EXPIRED, command }
  if (error.row.http === 403) return { title: error.message, next: 'Open it by a link of your own:', command }
  return { title: error.message, next: error.next, again: 'Try again' }
}

const EXPIRED = {
  title: 'This link lets in no longer: it has expired, or was withdrawn.',
  next: 'Make a new one on your own computer:',
}

/** Words for browsers, where those for the command line would not help. */
const LOST: Partial<Record<AppError['code'], (command: string) => EndWords>> = {
  WEBTTY_LOST: () => ({
    title: 'The machine cannot be reached.',
    next: 'Look whether this device is online, and whether "towline webtty server" runs there.',
    again: 'Try again',
  }),
  TUNNEL_UNKNOWN: () => ({
    title: 'The machine is not connected.',
    next: 'Start "towline webtty server" there.',
    again: 'Try again',
  }),
  PROCESS_UNKNOWN: () => ({
    title: 'The terminal is gone: the machine has it no longer.',
    next: 'Terminals that are left for long, or whose server was started again, are ended.',
    again: 'Open another',
  }),
}
