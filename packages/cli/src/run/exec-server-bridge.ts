/** Owns the work of `towline exec-server bridge`. */
import { bridgeExecServer } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { machineRequest } from './machine.ts'

export interface ExecServerBridgeOptions extends ServerOptions {
  readonly clientIdentity?: string
  readonly cwd?: string
}

/** Serves until the client is gone. */
export const run = async (io: Io, machine: string, options: ExecServerBridgeOptions): Promise<void> => {
  const url = /^[a-z]+:/.test(machine) ? machine : `tow://${machine}`
  await bridgeExecServer({
    ...machineRequest(io, { ...options, url }),
    cwd: options.cwd,
    input: io.stdin,
    output: io.stdout,
  })
  io.stdin.destroy()
}
