/** Owns the work of `towline webtty exec`. */
import { detachOn, execOn } from '@towline/operations'
import { AppError, type ExecResult, type Fd, FD, type OpenRequest } from '@towline/protocol'
import { type Io, line } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { INTERRUPTED } from '../process-io.ts'
import { ExitStatus } from '../report.ts'
import { endWith, NOT_THE_COMMAND, startStatus } from './command-status.ts'
import { parseMillis } from './duration.ts'
import { feedInput } from './feed-input.ts'
import { machineRequest } from './machine.ts'
import { byteCount, type ProcessOptions, processRequest } from './webtty-request.ts'
import { withWholeOutput } from './whole-output.ts'
import { writeBytes } from './write-bytes.ts'

export interface WebttyExecOptions extends ProcessOptions {
  readonly envPolicy?: 'core' | 'all' | 'none'
  readonly shell?: string
  readonly stdin?: boolean
  readonly timeout?: string
  readonly killGrace?: string
  readonly maxOutput?: string
  readonly detach?: boolean
  readonly id?: string
  readonly output: 'text' | 'json'
}

/** Ends with the status of the command. */
export const run = (io: Io, words: readonly string[], options: WebttyExecOptions): Promise<void> =>
  withWholeOutput(io, () => runOne(io, words, options))

const runOne = async (io: Io, words: readonly string[], options: WebttyExecOptions): Promise<void> => {
  const request = requestOf(io, words, options)
  const maxOutputBytes = options.maxOutput === undefined ? undefined : byteCount(options.maxOutput, '--max-output')
  const ask = { ...machineRequest(io, options), request, maxOutputBytes }
  if (options.detach) return await detach(io, options, ask)
  const input = options.stdin ? feedInput(io) : undefined
  const through = options.output === 'text' ? { onOutput: passOn(io) } : {}
  const result = await execOn({ ...ask, ...through, ...input }).catch((error: unknown) => {
    throw new ExitStatus(NOT_THE_COMMAND, { cause: error })
  })
  input?.stop()
  if (options.output === 'json') line(io, safeJson(result))
  end(io, result, options.output)
}

const detach = async (io: Io, { output }: WebttyExecOptions, ask: Parameters<typeof detachOn>[0]): Promise<void> => {
  const opened = await detachOn(ask).catch((error: unknown) => {
    throw new ExitStatus(NOT_THE_COMMAND, { cause: error })
  })
  line(io, output === 'json' ? safeJson(opened) : opened.processId)
}

/** Throws unless the command ended with 0. What went wrong with more than the command is told on standard error. */
const end = (io: Io, result: ExecResult, output: 'text' | 'json'): void => {
  const { state, error } = result
  const cause = error && output === 'text' ? { cause: AppError.from(error) } : {}
  if (state === 'lost') throw new ExitStatus(NOT_THE_COMMAND, cause)
  if (state === 'spawn_failed') throw new ExitStatus(startStatus(error?.code), cause)
  if (io.signal.aborted) throw new ExitStatus(INTERRUPTED)
  endWith(result)
}

const requestOf = (io: Io, words: readonly string[], options: WebttyExecOptions): OpenRequest => {
  const { shell, stdin, timeout, killGrace, id, envPolicy, detach: detached } = options
  if (words.length === 0 && shell === undefined)
    throw new AppError('USAGE', { problem: 'No command is given: write it after --, or give a line with --shell.' })
  if (words.length > 0 && shell !== undefined)
    throw new AppError('USAGE', { problem: 'There is a command and --shell: give one of them.' })
  return {
    kind: 'exec',
    ...(shell === undefined ? { argv: words } : { shell }),
    stdin: stdin ? 'pipe' : 'none',
    ...processRequest(options, io.env),
    ...(envPolicy && { envPolicy }),
    ...(timeout !== undefined && { timeoutMs: parseMillis(timeout, '--timeout') }),
    ...(killGrace !== undefined && { killGraceMs: parseMillis(killGrace, '--kill-grace') }),
    ...(id !== undefined && { processId: id }),
    ...(detached && { detach: true }),
  }
}

/** Standard output and error of the command become ours; a slow reader of ours slows the command. */
const passOn =
  (io: Io) =>
  (fd: Fd, bytes: Uint8Array): void | Promise<void> =>
    writeBytes(fd === FD.stderr ? io.stderr : io.stdout, bytes)
