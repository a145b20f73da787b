/** Owns how OpenSSH is called: words, never a line for a shell. */
import { AppError, LIMITS, shown } from '@towline/protocol'

export interface SshTarget {
  /** Of the configuration, or `user@host`, or `ssh://user@host:port`. */
  readonly host: string
  /** Instead of ~/.ssh/config. */
  readonly config?: string | undefined
  /** Seconds without an answer until the machine is asked whether it is there; 0: it is not asked. */
  readonly keepAlive?: number | undefined
  /** Nobody is there to be asked for a password. */
  readonly isBatch?: boolean | undefined
}

/**
 * What a configuration may say for people at terminals, and what is not wanted here. Unless somebody wants it,
 * BatchMode is left as it is: OpenSSH asks for passwords at the terminal.
 */
const FIXED = ['RemoteCommand=none', 'RequestTTY=no', 'ClearAllForwardings=yes']

/** Throws OPTION_INVALID. */
export const sshWords = ({ host, config, keepAlive, isBatch }: SshTarget): readonly string[] => {
  checkHost(host)
  const asking = [
    `ServerAliveInterval=${keepAlive ?? LIMITS.sshKeepAliveSeconds}`,
    `ServerAliveCountMax=${LIMITS.sshKeepAliveCount}`,
  ]
  const options = [...FIXED, ...asking, ...(isBatch ? ['BatchMode=yes'] : [])].flatMap((option) => ['-o', option])
  return [...(config === undefined ? [] : ['-F', config]), '-T', ...options, '--', host, 'sh']
}

const checkHost = (host: string): void => {
  const problem = problemOf(host)
  if (problem) throw new AppError('OPTION_INVALID', { option: '<host>', value: shown(host), problem })
}

const problemOf = (host: string): string | undefined => {
  if (host === '' || host.startsWith('-')) return 'it is no name of a host'
  return /[\s\p{C}]/u.test(host) ? 'a host has no spaces in its name' : undefined
}
