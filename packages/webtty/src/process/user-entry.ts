/** Owns who the server runs as: name, home and shell of /etc/passwd. */
import { userInfo } from 'node:os'

export interface UserEntry {
  readonly name: string
  readonly home: string
  /** Absolute path of the login shell. */
  readonly shell: string
}

const FALLBACK_SHELL = '/bin/sh'

/** Who runs this process. A user without an entry, as in containers, gets a plain shell in the root folder. */
export const ownUser = (): UserEntry => {
  try {
    const { username, homedir, shell } = userInfo()
    return { name: username, home: homedir, shell: shell === null || shell === '' ? FALLBACK_SHELL : shell }
  } catch {
    return { name: String(process.getuid?.() ?? ''), home: '/', shell: FALLBACK_SHELL }
  }
}
