/** Owns the way to the exec-server of a machine, for turns that work there: as `towline exec-server bridge` carries it. */
import { PassThrough } from 'node:stream'
import { LineWire, type Wire } from '@towline/app-server'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { machineRequest } from './machine.ts'

/** A wire to `tow://machine`; it closes when the machine was not reached, or is lost. */
export const machineWire =
  (io: Io, options: ServerOptions) =>
  async (url: string, signal: AbortSignal): Promise<Wire> => {
    const { bridgeExecServer } = await import('@towline/operations')
    const [input, output] = [new PassThrough(), new PassThrough()]
    const wire = new LineWire(output, input)
    const bridged = bridgeExecServer({ ...machineRequest(io, { ...options, url }), cwd: undefined, input, output })
    bridged.then(
      () => output.end(),
      (error: Error) => output.destroy(error),
    )
    signal.addEventListener('abort', () => wire.close(), { once: true })
    return wire
  }
