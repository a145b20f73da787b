/** Owns the work of `towline logout`. */
import { type Forgotten, forgetContext } from '@towline/operations'
import { type Io, note } from '../io.ts'
import { type Column, type Format, printOne } from '../output/printers.ts'
import { styleFor } from '../output/style.ts'

export interface LogoutOptions {
  readonly context?: string
  readonly output: Format
}

const COLUMNS: readonly Column<Forgotten>[] = [
  { title: 'CONTEXT', of: ({ context }) => context },
  { title: 'URL', of: ({ url }) => url },
  { title: 'REVOKED', of: ({ revoked }) => (revoked ? 'yes' : 'no') },
]

export const run = (io: Io, { context, output }: LogoutOptions): Promise<void> => forget(io, context, output)

/** It is forgotten here whatever the server says; what it could not be told is a warning. */
export const forget = async (io: Io, name: string | undefined, format: Format): Promise<void> => {
  const forgotten = await forgetContext(io.env, { name, signal: io.signal })
  printOne({ io, format, columns: COLUMNS }, forgotten)
  const { problem } = forgotten
  if (!problem) return
  const warning = styleFor(io, 'stderr').yellow('warning')
  note(io, `${warning} the login is forgotten here, but the server was not told: ${problem.message}`)
  note(io, `end it on the account page of ${forgotten.url} when it answers again`)
}
