/** Owns what OpenSSH meant when it ended: its words, which are never translated, as our errors. */
import { AppError, shown } from '@towline/protocol'

/** What OpenSSH ends with when the fault is its own, not that of what it ran. */
const OWN_FAULT = 255

export interface SshEnd {
  readonly host: string
  readonly status: number | null
  /** The end of what it said. */
  readonly said: string
}

type Told = (host: string, problem: string) => AppError

/** The first that fits counts. */
const FAULTS: readonly (readonly [words: RegExp, told: Told])[] = [
  [/Could not resolve hostname|Name or service not known/, (host) => new AppError('SSH_HOST_UNKNOWN', { host })],
  [/Host key verification failed|REMOTE HOST IDENTIFICATION/, (host) => new AppError('SSH_KEY_UNKNOWN', { host })],
  [
    /Permission denied|Too many authentication failures|no more authentication methods/i,
    (host, problem) => new AppError('SSH_REFUSED', { host, problem }),
  ],
  [
    /Connection (?:refused|timed out|closed|reset)|No route to host|Network is unreachable|kex_exchange|banner/i,
    (host, problem) => new AppError('SSH_UNREACHABLE', { host, problem }),
  ],
]

/** Of one that never came as far as our script. */
export const sshFault = ({ host, status, said }: SshEnd): AppError => {
  const problem = lastLine(said)
  const known = status === OWN_FAULT ? FAULTS.find(([words]) => words.test(said)) : undefined
  if (known) return known[1](shown(host), problem)
  return new AppError('SSH_SHELL_UNUSABLE', { host: shown(host), problem: problem || `it ended with ${status}` })
}

/** Of one whose program spoke; undefined when it ended as it should. */
export const sshLoss = ({ host, status, said }: SshEnd): AppError | undefined => {
  if (status === 0) return undefined
  return new AppError('SSH_ENDED', { host: shown(host), problem: lastLine(said) || `it ended with ${status}` })
}

const lastLine = (said: string): string =>
  shown(
    said
      .split(/\r?\n/)
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? '',
  )
