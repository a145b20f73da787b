/** Owns an environment over the client of its exec-server: paths as URIs, bytes as base64, and no sandbox that is only pretended. */
import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import {
  AppError,
  type EnvironmentInfo,
  type FileMetadata,
  LIMITS,
  RPC_CODE,
  type SandboxContext,
} from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'
import type { CommandSink, CommandStart, Environment, EnvironmentFiles, RunningCommand } from './environment.ts'
import type { ExecClient } from './exec-client.ts'
import { ANYTHING, BYTES, INFO, METADATA, WRITTEN } from './exec-results.ts'

export const execEnvironment = (id: string, client: ExecClient): Environment => ({
  id,
  files: filesOf(client),
  info: (): Promise<EnvironmentInfo> => client.ask('environment/info', null, INFO),
  start: (command, sink) => start(client, command, sink),
})

const start = async (client: ExecClient, command: CommandStart, sink: CommandSink): Promise<RunningCommand> => {
  const { argv, cwd, env, envPolicy, tty, stdin, sandbox, metadata } = command
  const processId = randomUUID()
  const params = {
    ...{ processId, argv, cwd: uriOf(cwd), env, envPolicy, tty, pipeStdin: stdin, arg0: null },
    sandbox: sandboxFor(sandbox),
    ...{ enforceManagedNetwork: false, managedNetwork: null },
    ...(metadata && { metadata }),
  }
  const running = runningCommand(client, processId)
  const { sandboxType } = await client.start(params, sink)
  if (sandboxType !== 'none' || !isKept(sandbox)) return running
  await running.terminate().catch(() => undefined)
  throw new AppError('SANDBOX_UNSUPPORTED', { problem: 'the machine ran the command without it, so it was ended.' })
}

/** Whether there is anything to enforce. */
const isKept = (sandbox: SandboxContext | null): boolean => {
  if (sandbox?.permissions.type !== 'managed') return false
  const { file_system: files, network } = sandbox.permissions
  return files.type === 'restricted' || network === 'restricted'
}

const runningCommand = (client: ExecClient, processId: string): RunningCommand => ({
  processId,
  write: async (bytes) => {
    for (let from = 0; from === 0 || from < bytes.length; from += LIMITS.execClientWriteBytes) {
      const part = Buffer.from(bytes.subarray(from, from + LIMITS.execClientWriteBytes))
      const params = { processId, chunk: part.toString('base64'), writeId: randomUUID() }
      const { status } = await client.askSession('process/write', params, WRITTEN)
      if (status !== 'accepted') throw new RpcError('invalidRequest', `process ${processId} takes no input: ${status}`)
    }
  },
  interrupt: async () => {
    await client.askSession('process/signal', { processId, signal: 'interrupt' }, ANYTHING)
  },
  terminate: async () => {
    await client.askSession('process/terminate', { processId }, ANYTHING)
  },
})

const filesOf = (client: ExecClient): EnvironmentFiles => ({
  read: async (path, sandbox) => {
    const { dataBase64 } = await client.ask('fs/readFile', { path: uriOf(path), sandbox: sandboxFor(sandbox) }, BYTES)
    return Buffer.from(dataBase64, 'base64')
  },
  write: async (path, bytes, sandbox) => {
    const dataBase64 = Buffer.from(bytes).toString('base64')
    await client.ask('fs/writeFile', { path: uriOf(path), dataBase64, sandbox: sandboxFor(sandbox) }, ANYTHING)
  },
  createDirectory: async (path, sandbox) => {
    await client.ask(
      'fs/createDirectory',
      { path: uriOf(path), recursive: true, sandbox: sandboxFor(sandbox) },
      ANYTHING,
    )
  },
  remove: async (path, sandbox) => {
    await client.ask(
      'fs/remove',
      { path: uriOf(path), recursive: true, force: false, sandbox: sandboxFor(sandbox) },
      ANYTHING,
    )
  },
  metadata: async (path, sandbox): Promise<FileMetadata | undefined> => {
    try {
      return await client.ask('fs/getMetadata', { path: uriOf(path), sandbox: sandboxFor(sandbox) }, METADATA)
    } catch (error) {
      if (error instanceof RpcError && error.code === RPC_CODE.notFound) return undefined
      throw error
    }
  },
})

const uriOf = (path: string): string => pathToFileURL(path).href

/** As other exec-servers read it too: every place by its URI. */
const sandboxFor = (sandbox: SandboxContext | null): SandboxContext | null => {
  if (sandbox === null) return null
  const { permissions, cwd, workspaceRoots } = sandbox
  return {
    ...{ permissions: permissionsFor(permissions), windowsSandboxLevel: 'disabled', useLegacyLandlock: false },
    ...(cwd != null && { cwd: placeFor(cwd) }),
    ...(workspaceRoots && { workspaceRoots: workspaceRoots.map(placeFor) }),
  }
}

const permissionsFor = (permissions: SandboxContext['permissions']): SandboxContext['permissions'] => {
  if (permissions.type !== 'managed' || permissions.file_system.type !== 'restricted') return permissions
  const entries = permissions.file_system.entries.map(({ path, ...entry }) => ({
    ...entry,
    path: path.type === 'path' ? { ...path, path: placeFor(path.path) } : path,
  }))
  return { ...permissions, file_system: { type: 'restricted', entries } }
}

const placeFor = (place: string): string => (place.startsWith('/') ? uriOf(place) : place)
