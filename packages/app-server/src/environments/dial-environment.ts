/** Owns the ways to environments by the kind of their address. */
import { AppError, type Processes } from '@towline/protocol'
import { openProgram } from '../rpc/open-program.ts'
import type { Wire } from '../rpc/wire.ts'
import { dialWebSocket } from './dial-web-socket.ts'
import type { DialEnvironment } from './open-environments.ts'

export interface Ways {
  /** Starts programs of environments.toml. */
  readonly processes: Processes
  /** The server's own variables, which those programs get. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** To the exec-server of a `tow://` machine; absent where there is no way to one. */
  readonly machine?: ((url: string, signal: AbortSignal) => Promise<Wire>) | undefined
}

export const dialEnvironmentBy = ({ processes, env, machine }: Ways): DialEnvironment => {
  const own = Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined))
  return async (address, signal) => {
    if (address.kind === 'url' && !address.url.startsWith('tow:')) return await dialWebSocket(address, signal)
    if (address.kind === 'program') {
      const { program, args, cwd, env: declared } = address
      return (await openProgram(processes, { argv: [program, ...args], cwd, env: { ...own, ...declared } })).wire
    }
    if (machine) return await machine(address.url, signal)
    throw new AppError('TARGET_INVALID', { target: address.url, problem: 'this server knows no way to machines.' })
  }
}
