/** Owns the way to the exec-server of a machine, for turns that work there. */
import { LineWire, type Wire } from '@towline/app-server'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { machineRequest } from './machine.ts'

/** A wire to `tow://machine`. Rejects with why it was not reached. */
export const machineWire =
  (io: Io, options: ServerOptions) =>
  async (url: string, signal: AbortSignal): Promise<Wire> => {
    const { dialExecServer } = await import('@towline/operations')
    const { output, input } = await dialExecServer({ ...machineRequest(io, { ...options, url }), signal })
    return new LineWire(output, input)
  }
