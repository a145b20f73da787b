/** Owns the file that says what is served, so that the next supervisor can tell what was lost. It holds no secret. */
import { readFile, rename } from 'node:fs/promises'
import { parseJson, readPrivateFile, writePrivateFile } from '@towline/base'
import { type LocalTunnel, lost } from './local-tunnel.ts'
import type { LocalPlace } from './place.ts'

/** What the file holds. */
export interface LocalState {
  /** Of the kernel's run, where the system tells it. */
  readonly bootId?: string
  readonly tunnels: readonly LocalTunnel[]
}

const VERSION = 1

/** Empty when there is none. One that cannot be understood is set aside: what is served next matters more. */
export const readState = async (place: LocalPlace): Promise<LocalState> => {
  const text = await readPrivateFile(place.state)
  if (text === undefined) return { tunnels: [] }
  const { version, bootId, tunnels } = (parseJson(text) ?? {}) as Record<string, unknown>
  if (version === VERSION && Array.isArray(tunnels) && tunnels.every(isTunnel))
    return { tunnels, ...(typeof bootId === 'string' && { bootId }) }
  await rename(place.state, `${place.state}.broken`).catch(() => undefined)
  return { tunnels: [] }
}

export const writeState = async (place: LocalPlace, { bootId, tunnels }: LocalState): Promise<void> =>
  writePrivateFile(place.state, `${JSON.stringify({ version: VERSION, bootId, tunnels })}\n`)

const RESTARTED = 'the machine was restarted, and nothing is exposed again by itself'
const ENDED = 'the supervisor that served it was killed or crashed, and nothing is exposed again by itself'

/** What was served by a supervisor that is gone is lost. */
export const recovered = (state: LocalState, bootId: string | undefined, now: number): readonly LocalTunnel[] => {
  const reason = state.bootId !== undefined && bootId !== undefined && state.bootId !== bootId ? RESTARTED : ENDED
  return state.tunnels.map((tunnel) => lost(tunnel, reason, now))
}

/** New with each start of the machine; undefined where the system does not tell it. */
export const readBootId = async (): Promise<string | undefined> =>
  await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )

const isTunnel = (value: unknown): value is LocalTunnel => {
  const { id, status, target, createdAt, labels } = (value ?? {}) as Record<string, unknown>
  return [id, status, target].every((text) => typeof text === 'string') && !!labels && typeof createdAt === 'number'
}

/** Writes what `tell` answers then, one write at a time. */
export class StateWriter {
  readonly #write: () => Promise<void>
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #closed = false

  constructor(write: () => Promise<void>) {
    this.#write = write
  }

  /** Resolves when a write that began after this call is done. Rejects when it failed. */
  save(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    if (!this.#running) return this.#run()
    this.#next ??= this.#running.catch(() => undefined).then(() => this.#run())
    return this.#next
  }

  /** Nothing is written any more; resolves when nothing is being written. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running?.catch(() => undefined)
  }

  #run(): Promise<void> {
    this.#next = undefined
    if (this.#closed) return Promise.resolve()
    const running = this.#write().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }
}
