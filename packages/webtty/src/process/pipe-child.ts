/** Owns a command on pipes: done when it exits, after what it wrote, whoever else still holds its pipes. */
import { closeSync } from 'node:fs'
import { FD, type Fd } from '@towline/protocol'
import type { Child, ChildEnd, ChildLimits, ChildSink, ChildSpec } from './child-types.ts'
import { PipeGrace } from './pipe-grace.ts'
import { launch } from './launch.ts'
import { pipeHolders } from './pipe-holders.ts'
import { type Pipe, type PipePool, turnPipe } from './pipe-pool.ts'
import { identify, type Identity } from './proc-stat.ts'
import { Reader } from './reader.ts'
import { StdinWriter } from './stdin-writer.ts'

export interface PipeChildOptions {
  readonly spec: ChildSpec
  readonly pool: PipePool
  readonly limits: ChildLimits
  readonly sink: ChildSink
}

/** Starts a command with stdout and stderr apart, in a session and group of its own. Throws as `launch`. */
export const startPipeChild = async ({ spec, pool, limits, sink }: PipeChildOptions): Promise<Child> => {
  const { stdout, stderr, stdin } = await takePipes(pool, spec.stdin)
  try {
    const [argv0 = spec.file, ...args] = spec.argv
    const child = await launch({
      file: spec.file,
      args,
      options: { argv0, cwd: spec.cwd, env: { ...spec.env }, detached: true },
      stdio: [stdin?.read ?? 'ignore', stdout.write, stderr.write],
    })
    const running = new PipeChild(child.pid, { stdout, stderr, stdin: stdin?.write, limits, sink })
    child.once('exit', (exitCode, signal) => running.left(exitCode, signal))
    return running
  } catch (error) {
    closeAll([stdout.read, stderr.read, stdin?.write])
    throw error
  } finally {
    closeAll([stdout.write, stderr.write, stdin?.read])
  }
}

interface Pipes {
  readonly stdout: Pipe
  readonly stderr: Pipe
  readonly stdin: Pick<Pipe, 'read' | 'write'> | undefined
}

const takePipes = async (pool: PipePool, stdin: 'none' | 'pipe'): Promise<Pipes> => {
  const [stdout, stderr, input] = await pool.take(stdin === 'pipe' ? 3 : 2)
  if (stdout === undefined || stderr === undefined) throw new Error('the pool answers what was asked')
  try {
    return { stdout, stderr, stdin: input === undefined ? undefined : turnPipe(input) }
  } catch (error) {
    closeAll([stdout.read, stdout.write, stderr.read, stderr.write])
    throw error
  }
}

const closeAll = (fds: readonly (number | undefined)[]): void => {
  for (const fd of fds) if (fd !== undefined) closeSync(fd)
}

interface Ends {
  readonly stdout: Pipe
  readonly stderr: Pipe
  readonly stdin: number | undefined
  readonly limits: ChildLimits
  readonly sink: ChildSink
}

class PipeChild implements Child {
  readonly identity
  readonly fds = [FD.stdout, FD.stderr]
  readonly #ends: Ends
  readonly #readers: ReadonlyMap<Fd, Reader>
  readonly #writer: StdinWriter | undefined
  readonly #grace: PipeGrace
  #status: Omit<ChildEnd, 'pipesHeldBy'> | undefined
  #heldBy: readonly Identity[] = []

  constructor(pid: number, ends: Ends) {
    this.identity = identify(pid)
    this.#ends = ends
    const { limits, sink, stdin } = ends
    this.#readers = new Map([
      [FD.stdout, this.#read(FD.stdout, ends.stdout.read)],
      [FD.stderr, this.#read(FD.stderr, ends.stderr.read)],
    ])
    this.#writer =
      stdin === undefined
        ? undefined
        : new StdinWriter({ fd: stdin, kind: 'pipe', limits, taken: (count) => sink.taken(count) })
    this.#grace = new PipeGrace(limits, () => this.#leavePipes())
  }

  pause(fd: Fd): void {
    this.#readers.get(fd)?.pause()
    this.#grace.watch(this.#reading())
  }

  resume(fd: Fd, room?: number): void {
    this.#readers.get(fd)?.resume(room)
    this.#grace.watch(this.#reading())
  }

  write(bytes: Uint8Array): void {
    this.#writer?.write(bytes)
  }

  endStdin(): void {
    this.#writer?.end()
  }

  resize(): void {}

  /** The command has exited. What it wrote before is in the pipes: that is read first, the rest gets a grace. */
  left(exitCode: number | null, signal: string | null): void {
    this.#status = { exitCode, signal }
    this.#writer?.close()
    this.#ends.sink.gone()
    let full = this.#readers.size
    const emptied = (): void => {
      if (--full === 0) this.#afterDrain()
    }
    for (const reader of this.#readers.values()) reader.drain(emptied)
  }

  #afterDrain(): void {
    if (this.#isDone()) return this.#finish()
    this.#grace.begin(this.#reading())
  }

  #read(fd: Fd, read: number): Reader {
    const { limits, sink } = this.#ends
    return new Reader({
      fd: read,
      kind: 'pipe',
      limits,
      sink: {
        data: (bytes) => {
          this.#grace.heard()
          sink.output(fd, bytes)
        },
        ended: () => {
          sink.ended(fd)
          if (this.#grace.begun && this.#isDone()) this.#finish()
        },
      },
    })
  }

  /** Whether anyone reads: who is stopped by credit hears nothing, and is not silent for that. */
  #reading(): boolean {
    return [...this.#readers.values()].some((reader) => !reader.ended && !reader.paused)
  }

  #isDone(): boolean {
    return [...this.#readers.values()].every((reader) => reader.ended)
  }

  #leavePipes(): void {
    const { stdout, stderr } = this.#ends
    this.#heldBy = pipeHolders([stdout.path, stderr.path])
    for (const reader of this.#readers.values()) reader.close()
  }

  #finish(): void {
    const status = this.#status
    if (status === undefined) return
    this.#status = undefined
    this.#grace.end()
    this.#ends.sink.exited({ ...status, pipesHeldBy: this.#heldBy })
  }
}
