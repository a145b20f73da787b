/** Owns finding the supervisor to ask, of our version, and starting one when none runs. */
import { AppError } from '@towline/protocol'
import { askReached, type Reached, reach } from './call.ts'
import { type StartOptions, startDaemon } from './start-daemon.ts'
import { LOCAL_WIRE } from './wire.ts'

export interface FindOptions extends StartOptions {
  /** Product and version. */
  readonly agent: string
}

/** Undefined when none runs. Rejects with LOCAL_VERSION when one of another version keeps something, unless `force` ends it. */
export const findDaemon = async (options: FindOptions, force = false): Promise<Reached | undefined> => {
  const { place, limits, signal } = options
  const reached = await reach(place, limits, signal)
  if (!reached || reached.hello.wire === LOCAL_WIRE) return reached
  if (await retired(reached, options, force)) return undefined
  const { program: theirs, tunnels, approvals } = reached.hello
  throw new AppError('LOCAL_VERSION', { theirs, ours: options.agent, tunnels, approvals })
}

/** One of an older or newer program that keeps nothing makes room for ours. */
export const findOrStart = async (options: FindOptions): Promise<Reached> => {
  const found = await findDaemon(options)
  if (!found || found.hello.program === options.agent) return found ?? (await startDaemon(options))
  const { tunnels, approvals } = found.hello
  if (tunnels + approvals > 0) return found
  await retired(found, options, false)
  return (await findDaemon(options)) ?? (await startDaemon(options))
}

const retired = async (reached: Reached, { place, limits, signal }: FindOptions, force: boolean): Promise<boolean> =>
  (await askReached(reached, { op: 'retire', input: { force }, place, limits, signal })).retired
