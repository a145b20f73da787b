/** Owns a program of this machine that speaks in lines on its standard input and output. It ends with all it started when its wire is closed. */
import { PassThrough, Writable } from 'node:stream'
import { type BareProcess, type BareSink, copyOf, FD, LIMITS, type Processes } from '@towline/protocol'
import { LineWire } from './line-wire.ts'
import type { Wire } from './wire.ts'

export interface ProgramSpec {
  readonly argv: readonly string[]
  readonly cwd: string
  /** All of it. */
  readonly env: Readonly<Record<string, string>>
}

export interface Program {
  readonly wire: Wire
  /** The end of what it said on its standard error: for people, when it fails. */
  readonly complaint: string
  /** Ends it; settles when it and all it started are gone. */
  close(): Promise<void>
}

/** Rejects as `Processes.start`. */
export const openProgram = async (processes: Processes, { argv, cwd, env }: ProgramSpec): Promise<Program> => {
  const output = new PassThrough()
  const told = { complaint: '' }
  let running: BareProcess | undefined
  const input = new ProcessInput((bytes) => running?.write(bytes))
  const sink: BareSink = {
    output: (fd, bytes) => {
      if (fd === FD.stderr)
        told.complaint = (told.complaint + Buffer.from(bytes).toString()).slice(-LIMITS.programComplaint)
      else if (!output.write(copyOf(bytes))) running?.pause()
    },
    taken: (count) => input.taken(count),
    exited: () => {
      output.end()
      input.destroy()
    },
  }
  running = await processes.start({ argv, cwd, env, tty: false, stdin: true }, sink)
  const started = running
  output.on('drain', () => started.resume())
  let ending: Promise<void> | undefined
  const end = (): Promise<void> => (ending ??= started.end(LIMITS.execServerKillGraceMs))
  output.once('close', () => void end())
  const wire = new LineWire(output, input)
  started.resume()
  return {
    wire,
    get complaint() {
      return told.complaint.trim()
    },
    close: async () => {
      wire.close()
      await end()
    },
  }
}

/** Waits for what was written to be taken. */
class ProcessInput extends Writable {
  readonly #put: (bytes: Uint8Array) => void
  #untaken = 0
  #go: (() => void) | undefined

  constructor(put: (bytes: Uint8Array) => void) {
    super({ decodeStrings: true })
    this.#put = put
    // Whoever writes to a program that has ended learns it by the end of its output.
    this.on('error', () => undefined)
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#untaken += bytes.length
    this.#put(bytes)
    if (this.#untaken < LIMITS.execServerStdinBytes) return done()
    this.#go = done
  }

  taken(count: number): void {
    this.#untaken -= count
    if (this.#untaken >= LIMITS.execServerStdinBytes) return
    const go = this.#go
    this.#go = undefined
    go?.()
  }
}
