/** Owns starting a process as a client asked: its environment, and its sandbox enforced or the start refused. */
import { AppError, type BareSink, type Processes, type StartParams, type StartResult } from '@towline/protocol'
import { wrap } from '../sandbox/bubblewrap.ts'
import type { FindBubblewrap } from '../sandbox/find-bubblewrap.ts'
import type { Placeholders } from '../sandbox/placeholders.ts'
import type { SeccompFiles } from '../sandbox/seccomp.ts'
import { type Rules, rulesOf } from '../sandbox/rules.ts'
import { pathOf } from './file-uri.ts'
import { type Env, processEnv } from './process/env-policy.ts'
import type { Session } from './session.ts'

export interface Starter {
  readonly processes: Processes
  /** The server's own. */
  readonly env: Env
  readonly bubblewrap: FindBubblewrap
  readonly placeholders: Placeholders
  readonly seccomp: SeccompFiles
}

/** Rejects with SANDBOX_MISSING, SANDBOX_UNSUPPORTED, LIMIT_REACHED, and as `Processes.start`. */
export const startProcess = async (starter: Starter, session: Session, params: StartParams): Promise<StartResult> => {
  const { processes, env: server, placeholders } = starter
  const { processId, argv, tty, pipeStdin = false, arg0, enforceManagedNetwork } = params
  if (enforceManagedNetwork)
    throw new AppError('SANDBOX_UNSUPPORTED', { problem: 'its network would have to pass a proxy of the client.' })
  const cwd = pathOf(params.cwd)
  const env = processEnv({ policy: params.envPolicy, env: params.env, server })
  const rules = rulesOf(params.sandbox, env)
  const served = session.reserve(processId, { sandboxed: rules !== undefined, input: tty || pipeStdin })
  let guarded: readonly string[] = []
  const release = (): void => placeholders.release(guarded)
  try {
    const wrapped = await wrapIn(rules, { argv, arg0: arg0 ?? undefined, cwd }, starter)
    guarded = wrapped.placeholders
    const sink = releasing(served, release)
    served.began(await processes.start({ ...wrapped, cwd, env, tty, stdin: pipeStdin }, sink))
  } catch (error) {
    release()
    session.forget(processId)
    throw error
  }
  return { processId, sandboxType: rules === undefined ? 'none' : 'linuxSeccomp' }
}

interface Wanted {
  readonly argv: readonly string[]
  readonly arg0: string | undefined
  readonly cwd: string
}

const wrapIn = async (rules: Rules | undefined, wanted: Wanted, { bubblewrap, placeholders, seccomp }: Starter) => {
  if (rules === undefined) return { argv: wanted.argv, arg0: wanted.arg0, placeholders: [] }
  const bwrap = await bubblewrap()
  const wrapped = wrap({
    bwrap,
    filtered: (network) => seccomp.before(network),
    rules,
    ...wanted,
    held: (path) => placeholders.held(path),
  })
  placeholders.hold(wrapped.placeholders)
  return wrapped
}

/** The same sink; `over` is called first when it ends. */
const releasing = (sink: BareSink, over: () => void): BareSink => ({
  output: (fd, bytes) => sink.output(fd, bytes),
  taken: (count) => sink.taken(count),
  exited: (code, signal) => {
    over()
    sink.exited(code, signal)
  },
})
