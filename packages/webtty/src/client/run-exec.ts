/** Owns running one command and answering its one result: bounded output, and no success that was not proven. */
import {
  AppError,
  type Exit,
  FD,
  type Fd,
  LIMITS,
  type OpenRequest,
  type ExecResult,
  type ProcessState,
} from '@towline/protocol'
import type { WebttyConnection } from './connection.ts'
import { HeadTail, type KeptOutput } from './head-tail.ts'
import type { RemoteProcess } from './remote-process.ts'

export interface RunExecOptions {
  /** What was asked for, such as `tow://edge-lab`. */
  readonly url: string
  /** Of the pinned key, when the server has proven it. */
  readonly keyFingerprint?: string
  /** Kept of stdout and of stderr each, half from the beginning and half from the end. Default webttyExecOutputBytes. */
  readonly maxOutputBytes?: number
  /** Hears all output as it comes. `bytes` is valid only during the call. A promise asks to wait for it before more comes. */
  readonly onOutput?: (fd: Fd, bytes: Uint8Array) => void | Promise<void>
  /** Hears of the process once it runs; whoever writes input does it here. */
  readonly onOpened?: (process: RemoteProcess) => void
  /** A write to the process answered false before, and it takes more now. */
  readonly onDrained?: () => void
  /** Ends the command. */
  readonly signal?: AbortSignal
  /** Leaves the command running when it has not ended after so many milliseconds; the answer is `running` then. */
  readonly yieldMs?: number
}

/** What a command answered, and which bytes of its outputs are not in it. */
export interface Watched {
  readonly result: ExecResult
  readonly gaps: Readonly<Partial<Record<'stdout' | 'stderr', KeptOutput['gap']>>>
}

/** What is known when the command is over. */
interface Known {
  readonly state: ProcessState
  readonly exit?: Exit
  readonly error?: AppError
}

/**
 * Runs `request` and answers when the process has exited or the connection is lost. Rejects with an AppError only when
 * nothing was started: FORBIDDEN, LIMIT_REACHED, PROCESS_CONFLICT and the like.
 */
export const runExec = async (
  connection: WebttyConnection,
  request: OpenRequest,
  options: RunExecOptions,
): Promise<ExecResult> => (await watchExec(connection, request, options)).result

/** The same, with where output was left out: it can be read by its offsets as long as the machine keeps it. */
export const watchExec = async (
  connection: WebttyConnection,
  request: OpenRequest,
  options: RunExecOptions,
): Promise<Watched> => {
  const startedAt = performance.now()
  const max = options.maxOutputBytes ?? LIMITS.webttyExecOutputBytes
  const outputs = new Map<Fd, HeadTail>([FD.stdout, FD.stderr, FD.pty].map((fd) => [fd, new HeadTail(max)]))
  const process = connection.open(request, {
    sink: {
      output: (fd, offset, bytes) => {
        outputs.get(fd)?.add(offset, bytes)
        const done = options.onOutput?.(fd, bytes)
        const end = offset + bytes.length
        if (!done) return process.consumed(fd, end)
        void done.then(() => process.consumed(fd, end))
      },
      drained: () => options.onDrained?.(),
    },
  })
  const known = await outcome(process, options)
  const processId = await idOf(process, request)
  return resultOf({
    connection,
    request,
    options,
    outputs,
    known,
    processId,
    transportMs: performance.now() - startedAt,
  })
}

const outcome = async (process: RemoteProcess, { signal, onOpened, yieldMs }: RunExecOptions): Promise<Known> => {
  const cancel = (): void => process.cancel()
  signal?.addEventListener('abort', cancel)
  if (signal?.aborted) cancel()
  let runs = false
  try {
    await process.opened
    runs = true
    onOpened?.(process)
    if (yieldMs !== undefined && (await isLeft(process, { yieldMs, signal }))) return { state: 'running' }
    const exit = await process.exit
    return { state: stateOf(exit), exit }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (signal?.aborted) return { state: 'killed', error }
    if (runs || LOST.has(error.code)) return { state: 'lost', error }
    if (UNSTARTED.has(error.code)) return { state: 'spawn_failed', error }
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

/** Whether it was left running: it took longer, and the machine has heard that it is to go on without us. */
const isLeft = async (
  process: RemoteProcess,
  { yieldMs, signal }: { readonly yieldMs: number; readonly signal: AbortSignal | undefined },
): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(() => done(true), yieldMs)
  })
  const ended = process.exit.then(
    () => false,
    () => false,
  )
  try {
    if (!(await Promise.race([ended, late])) || signal?.aborted === true) return false
    await Promise.race([ended, process.inputSent().catch(() => undefined)])
    return await process.detach()
  } finally {
    clearTimeout(timer)
  }
}

/** The connection broke, so that the command may or may not have run. */
const LOST: ReadonlySet<string> = new Set(['WEBTTY_LOST', 'INTERNAL'])

/** Codes by which a machine answers that it could not start a process. */
export const UNSTARTED: ReadonlySet<string> = new Set([
  'SPAWN_FAILED',
  'COMMAND_UNKNOWN',
  'COMMAND_REFUSED',
  'FOLDER_UNKNOWN',
  'FOLDER_INVALID',
  'FOLDER_REFUSED',
  'PTY_UNAVAILABLE',
])

const stateOf = ({ timedOut, killedBy }: Exit): ProcessState =>
  timedOut ? 'timed_out' : killedBy === null ? 'exited' : 'killed'

const idOf = (process: RemoteProcess, request: OpenRequest): Promise<string> =>
  process.opened.then(
    ({ processId }) => processId,
    () => request.processId ?? '',
  )

interface Parts {
  readonly connection: WebttyConnection
  readonly request: OpenRequest
  readonly options: RunExecOptions
  readonly outputs: ReadonlyMap<Fd, HeadTail>
  readonly known: Known
  readonly processId: string
  readonly transportMs: number
}

const resultOf = ({ connection, request, options, outputs, known, processId, transportMs }: Parts): Watched => {
  const { exit, error, state } = known
  const out = (outputs.get(request.kind === 'pty' ? FD.pty : FD.stdout) as HeadTail).result()
  const err = (outputs.get(FD.stderr) as HeadTail).result()
  const { name, e2e } = connection.server
  const result: ExecResult = {
    schema: 'webtty.exec.v1',
    url: options.url,
    server: { name, e2e, keyFingerprint: options.keyFingerprint ?? null },
    processId,
    argv: request.argv ?? (request.shell === undefined ? [] : ['sh', '-lc', request.shell]),
    cwd: request.cwd ?? null,
    state,
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    timedOut: exit?.timedOut ?? false,
    stdout: out.text,
    stderr: err.text,
    stdoutEncoding: out.encoding,
    stderrEncoding: err.encoding,
    stdoutBytes: out.bytes,
    stderrBytes: err.bytes,
    stdoutTruncated: out.omitted > 0,
    stderrTruncated: err.omitted > 0,
    omittedBytes: out.omitted + err.omitted,
    startedAt: exit ? new Date(exit.startedAtMs).toISOString() : null,
    durationMs: exit?.durationMs ?? null,
    transportMs,
    pipesHeldBy: exit?.pipesHeldBy ?? [],
    error: error ? error.toJSON() : null,
  }
  return { result, gaps: { ...(out.gap && { stdout: out.gap }), ...(err.gap && { stderr: err.gap }) } }
}
