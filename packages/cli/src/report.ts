/** Owns telling an error: words on stderr for people, one JSON object for programs, and the exit status of its row. */
import { AppError } from '@towline/protocol'
import { CommanderError } from 'commander'
import { type Io, note } from './io.ts'
import { safeJson } from './output/safe-json.ts'
import { styleFor } from './output/style.ts'
import { INTERRUPTED } from './process-io.ts'

/** A command that ends with a status of its own, such as that of the program it ran elsewhere; `cause` is told first. */
export class ExitStatus extends Error {
  readonly status: number

  constructor(status: number, options?: ErrorOptions) {
    super(`exit status ${status}`, options)
    this.name = 'ExitStatus'
    this.status = status
  }
}

/** Prints what went wrong and answers the exit status. Asking for help or the version is no error. */
export const report = async (io: Io, error: unknown, argv: readonly string[]): Promise<number> => {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  if (error instanceof ExitStatus) {
    if (error.cause !== undefined) await report(io, error.cause, argv)
    return error.status
  }
  if (io.signal.aborted && isAbort(error)) return INTERRUPTED
  const told = await toAppError(io, error)
  note(io, wantsJson(argv) ? safeJson({ error: told.toJSON() }) : inWords(io, told))
  return told.row.exit
}

const inWords = (io: Io, { code, message, next }: AppError): string => {
  const style = styleFor(io, 'stderr')
  return `${style.red('error')} ${style.bold(code)}: ${message}\n${style.dim('next:')} ${next}`
}

const toAppError = async (io: Io, error: unknown): Promise<AppError> => {
  if (error instanceof AppError) return error
  if (error instanceof CommanderError) return new AppError('USAGE', { problem: usageProblem(error) })
  return await bug(io, error)
}

/** "error: unknown option '--nam'\n(Did you mean --name?)" as one sentence or two. */
const usageProblem = ({ code, message }: CommanderError): string => {
  if (code === 'commander.help') return 'A command is missing.'
  const [problem = '', hint] = message.replace(/^error: /, '').split('\n')
  const sentence = `${problem.charAt(0).toUpperCase()}${problem.slice(1)}`.replace(/[^.?]$/, '$&.')
  return hint ? `${sentence} ${hint.replace(/^\((.*)\)$/, '$1')}` : sentence
}

/** Anything we did not raise on purpose is our bug: the log has the stack under an id, the user gets the id. */
const bug = async (io: Io, error: unknown): Promise<AppError> => {
  const { createLog, newId } = await import('@towline/base')
  const id = newId('err')
  createLog({ level: 'error', stream: io.stderr }).error({ err: error, id }, 'unexpected error')
  return new AppError('INTERNAL', { id })
}

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || (error as NodeJS.ErrnoException).code === 'ABORT_ERR')

/** Read from the words themselves, because they may be the very thing that could not be parsed. */
export const wantsJson = (argv: readonly string[]): boolean => {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  return own.some(
    (word, at) => /^(-o=?|--output=)json$/.test(word) || (/^(-o|--output)$/.test(word) && own[at + 1] === 'json'),
  )
}
