/** Owns the methods that run one command of a client: within a sandbox and answered at its end, or without one and told meanwhile. */
import { z } from 'zod'
import type { EnvPolicy } from '@towline/protocol'
import { sandboxOf } from '../agent/policy/sandbox-context.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { type Caller, method, type MethodTable } from '../server/method.ts'
import { ClientCommand, type CommandResult } from './client-command.ts'
import { ClientThings } from './client-things.ts'
import { bytesOf } from './files.ts'
import { ABSOLUTE, FOLDER, folderOf } from './params.ts'
import { reserve } from './reserve.ts'
import { policyOf, SANDBOX_POLICY } from './sandbox-policy.ts'
import type { BasicServices } from './services.ts'

const NAME = z.string().min(1).max(256)
const START = {
  command: z.array(z.string()).max(4096),
  tty: z.boolean().default(false),
  streamStdin: z.boolean().default(false),
  streamStdoutStderr: z.boolean().default(false),
  outputBytesCap: z.int().nonnegative().nullish(),
  disableOutputCap: z.boolean().default(false),
  timeoutMs: z.int().nonnegative().nullish(),
  disableTimeout: z.boolean().default(false),
  env: z.record(z.string(), z.string().nullable()).nullish(),
}
const EXEC = z.looseObject({
  ...START,
  cwd: FOLDER,
  processId: NAME.nullish(),
  sandboxPolicy: SANDBOX_POLICY.nullish(),
})
const SPAWN = z.looseObject({ ...START, cwd: ABSOLUTE, processHandle: NAME })

type Exec = z.infer<typeof EXEC>
type Spawn = z.infer<typeof SPAWN>

const execs = new ClientThings<ClientCommand>()
const spawned = new ClientThings<ClientCommand>()

/** This machine, as an environment. */
const LOCAL = 'local'

/** With a name that no client can choose, where it chose none. */
let unnamed = 0

const exec = async (services: BasicServices, params: Exec, caller: Caller): Promise<CommandResult> => {
  const { command: argv, processId, tty, streamStdin, streamStdoutStderr, sandboxPolicy } = params
  if (argv.length === 0) throw new RpcError('invalidRequest', 'command must not be empty')
  if ((processId ?? null) === null && (tty || streamStdin || streamStdoutStderr))
    throw new RpcError('invalidRequest', 'command/exec tty or streaming requires a client-supplied processId')
  const cwd = folderOf(params.cwd, services.cwd)
  const config = await services.config.read(cwd)
  const own = execs.of(caller)
  const name = processId ?? `\0${++unnamed}`
  const run = new ClientCommand({
    argv,
    cwd,
    tty,
    stdin: streamStdin,
    ...envOf(params, config.envPolicy),
    sandbox: sandboxOf({
      policy: sandboxPolicy ?? policyOf(config),
      cwd,
      workspaceRoots: [cwd],
      deniedPaths: config.deniedPaths,
      keptPaths: config.keptPaths,
    }),
    caps: params,
    told:
      streamStdoutStderr || tty
        ? (delta) => caller.notify('command/exec/outputDelta', { processId, ...delta })
        : undefined,
  })
  reserve(own, name, run)
  try {
    return await run.run(services.environments.get(LOCAL))
  } finally {
    own.delete(name)
  }
}

const spawn = async (services: BasicServices, params: Spawn, caller: Caller): Promise<object> => {
  const { command: argv, processHandle, cwd, tty, streamStdin, streamStdoutStderr } = params
  if (argv.length === 0) throw new RpcError('invalidRequest', 'command must not be empty')
  const { envPolicy } = await services.config.read(cwd)
  const own = spawned.of(caller)
  const run = new ClientCommand({
    argv,
    cwd,
    tty,
    stdin: streamStdin,
    ...envOf(params, { ...envPolicy, inherit: 'all' }),
    sandbox: null,
    caps: { ...params, disableTimeout: params.timeoutMs === null || params.timeoutMs === undefined },
    told:
      streamStdoutStderr || tty
        ? (delta) => caller.notify('process/outputDelta', { processHandle, ...delta })
        : undefined,
  })
  reserve(own, processHandle, run)
  const { started, done } = run.begin(services.environments.get(LOCAL))
  const answered = new Promise<void>((go) => caller.afterAnswer(go))
  void done.then(
    async (result) => {
      own.delete(processHandle)
      await answered
      caller.notify('process/exited', { processHandle, ...run.reached, ...result })
    },
    () => own.delete(processHandle),
  )
  await started
  return {}
}

/** What a client unsets is set to nothing: a policy can leave out, not take away. */
const envOf = ({ env }: Exec | Spawn, envPolicy: EnvPolicy) => {
  const entries = Object.entries(env ?? {})
  const unset = entries.flatMap(([name, value]) => (value === null ? [name] : []))
  return {
    env: Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null)),
    envPolicy: { ...envPolicy, exclude: [...envPolicy.exclude, ...unset] },
  }
}

interface Write {
  readonly deltaBase64?: string | null | undefined
  readonly closeStdin?: boolean | undefined
}

const write = async (name: string, command: ClientCommand, { deltaBase64, closeStdin }: Write): Promise<object> => {
  if ((deltaBase64 ?? null) === null && !closeStdin)
    throw new RpcError('invalidParams', `${name} requires deltaBase64 or closeStdin`)
  await command.write(bytesOf(name, deltaBase64 ?? ''))
  if (closeStdin) throw new RpcError('invalidRequest', `${name}: the input cannot be closed; end the command instead`)
  return {}
}

const WRITE = { deltaBase64: z.string().nullish(), closeStdin: z.boolean().default(false) }

const execOf = (processId: string, caller: Caller): ClientCommand => {
  const found = execs.of(caller).get(processId)
  if (found) return found
  throw new RpcError('invalidRequest', `no active command/exec for process id ${JSON.stringify(processId)}`)
}

const spawnedOf = (processHandle: string, caller: Caller): ClientCommand => {
  const found = spawned.of(caller).get(processHandle)
  if (found) return found
  throw new RpcError('invalidRequest', `no active process for process handle ${JSON.stringify(processHandle)}`)
}

const EXEC_ID = z.looseObject({ processId: NAME })
const HANDLE = z.looseObject({ processHandle: NAME })

export const COMMANDS: MethodTable<BasicServices> = {
  'command/exec': method<BasicServices, Exec>({ params: EXEC as z.ZodType<Exec>, begins: true, run: exec }),
  'command/exec/write': method<BasicServices, Write & { processId: string }>({
    params: z.looseObject({ processId: NAME, ...WRITE }),
    lane: ({ processId }, { id }) => `exec ${id} ${processId}`,
    run: (_services, params, caller) => write('command/exec/write', execOf(params.processId, caller), params),
  }),
  'command/exec/terminate': method<BasicServices, { processId: string }>({
    params: EXEC_ID,
    run: (_services, { processId }, caller) => execOf(processId, caller).terminate(),
  }),
  'process/spawn': method<BasicServices, Spawn>({
    params: SPAWN as unknown as z.ZodType<Spawn>,
    experimental: true,
    begins: true,
    lane: ({ processHandle }, { id }) => `process ${id} ${processHandle}`,
    run: spawn,
  }),
  'process/writeStdin': method<BasicServices, Write & { processHandle: string }>({
    params: z.looseObject({ processHandle: NAME, ...WRITE }),
    experimental: true,
    lane: ({ processHandle }, { id }) => `process ${id} ${processHandle}`,
    run: (_services, params, caller) => write('process/writeStdin', spawnedOf(params.processHandle, caller), params),
  }),
  'process/kill': method<BasicServices, { processHandle: string }>({
    params: HANDLE,
    experimental: true,
    run: (_services, { processHandle }, caller) => spawnedOf(processHandle, caller).terminate(),
  }),
}
