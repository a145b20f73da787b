/** Owns a command that a person runs in a thread (`!command`): outside of the sandbox, in its primary environment, and told to the model. */
import { AppError, type CommandExecutionItem, commandLine, LIMITS } from '@towline/protocol'
import type { TurnOutcome } from '../agent/turn.ts'
import type { Environment, Environments } from '../environments/environment.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { userText } from './history.ts'
import type { LiveThread, TurnWork } from './live-thread.ts'
import { uuid7 } from './uuid7.ts'

interface Asked {
  readonly command: string
  readonly timeoutMs?: number | null | undefined
}

/** Throws RpcError when the thread has no environment. */
export const shellCommand = (live: LiveThread, environments: Environments, { command, timeoutMs }: Asked): TurnWork => {
  const [place] = live.settings.environments
  if (!place) throw new RpcError('invalidRequest', `thread ${live.id} has no environment to run a command in`)
  const environment = environments.get(place.environmentId)
  return async ({ id: turnId, feed, signal }) => {
    const { shell } = await environment.info()
    const argv = [shell.path, '-lc', command]
    const startedAtMs = Date.now()
    const began: CommandExecutionItem = {
      ...{ type: 'commandExecution', id: uuid7(), command: commandLine(argv), cwd: place.cwd },
      ...{ processId: null, source: 'userShell', status: 'inProgress', aggregatedOutput: null, exitCode: null },
      ...{ commandActions: [{ type: 'unknown', command }], durationMs: null },
    }
    const of = { threadId: live.id, turnId }
    feed.emit('item/started', { ...of, item: began, startedAtMs })
    const said = (delta: string): void =>
      feed.emit('item/commandExecution/outputDelta', { ...of, itemId: began.id, delta })
    const ran = await runIn(environment, {
      argv,
      cwd: place.cwd,
      signal,
      said,
      timeoutMs,
    })
    const completedAtMs = Date.now()
    const item: CommandExecutionItem = {
      ...{ ...began, status: ran.exitCode === 0 ? 'completed' : 'failed', aggregatedOutput: ran.output },
      ...{ exitCode: ran.exitCode, durationMs: completedAtMs - startedAtMs },
    }
    feed.emit('item/completed', { ...of, item, completedAtMs })
    live.history.append(userText(told(command, ran, completedAtMs - startedAtMs)))
    return signal.aborted ? INTERRUPTED : COMPLETED
  }
}

const COMPLETED: TurnOutcome = { status: 'completed', error: null }
const INTERRUPTED: TurnOutcome = { status: 'interrupted', error: null }

interface Ran {
  readonly output: string
  readonly exitCode: number
}

interface Running {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly signal: AbortSignal
  readonly timeoutMs: number | null | undefined
  said(delta: string): void
}

/** As shells tell of a command that was ended by a signal. */
const ENDED = 137

const ALL = { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] } as const

const runIn = async (environment: Environment, { argv, cwd, signal, timeoutMs, said }: Running): Promise<Ran> => {
  const decoder = new TextDecoder()
  let output = ''
  let resolve: (exitCode: number) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const exited = new Promise<number>((done, fail) => {
    resolve = done
    reject = fail
  })
  const running = await environment.start(
    { argv, cwd, env: {}, envPolicy: ALL, tty: false, stdin: false, sandbox: null },
    {
      output: (_, bytes) => {
        const text = decoder.decode(bytes, { stream: true })
        if (output.length < LIMITS.shellCommandChars) output += text
        said(text)
      },
      exited: (exitCode) => resolve(exitCode),
      lost: (error) => reject(error),
    },
  )
  const end = (): void => {
    void running.terminate().then(() => resolve(ENDED), reject)
  }
  const timer = setTimeout(end, Math.min(timeoutMs ?? LIMITS.shellCommandMs, LIMITS.shellCommandMs))
  signal.addEventListener('abort', end, { once: true })
  try {
    return { exitCode: await exited, output: output.slice(0, LIMITS.shellCommandChars) }
  } catch (error) {
    if (error instanceof AppError) throw error
    return { exitCode: 255, output: `${output}${(error as Error).message}\n` }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

/** In the words that models know from Codex. */
const told = (command: string, { exitCode, output }: Ran, durationMs: number): string =>
  `<user_shell_command>\n<command>\n${command}\n</command>\n<result>\nExit code: ${exitCode}\nDuration: ${(durationMs / 1000).toFixed(4)} seconds\nOutput:\n${output}\n</result>\n</user_shell_command>`
