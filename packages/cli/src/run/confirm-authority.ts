/** Owns asking a person whether the authority that a server presents is the one they know. */
import { createInterface } from 'node:readline/promises'
import type { TrustRequest } from '@towline/operations'
import { printable } from '@towline/protocol'
import { type Io, note } from '../io.ts'

/** Undefined where nobody can be asked. Only "yes" is a yes. */
export const confirmAuthority = (io: Io, url: string): TrustRequest['confirm'] => {
  if (!io.isTty.stdin || !io.isTty.stderr) return undefined
  return async ({ subject, fingerprint }) => {
    note(io, `The certificate of ${url} is signed by an authority that this machine does not know:`)
    note(io, `\n  ${printable(subject)}\n  SHA-256 ${fingerprint}\n`)
    note(io, 'Compare it with what "towline up" prints on the server.')
    const reader = createInterface({ input: io.stdin, output: io.stderr })
    try {
      return (
        (
          await reader.question('Is it the same? Type yes to trust it for this context: ', { signal: io.signal })
        ).trim() === 'yes'
      )
    } finally {
      reader.close()
    }
  }
}
