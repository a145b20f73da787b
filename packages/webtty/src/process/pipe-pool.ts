/** Owns real pipes for commands: Node gives its children sockets, and a socket cannot be opened again as /dev/stderr. */
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '@towline/protocol'
import { launch } from './launch.ts'
import { ownTool } from './own-tool.ts'

/** One pipe; both descriptors close on exec. */
export interface Pipe {
  /** Non-blocking. */
  readonly read: number
  /** Blocking. */
  readonly write: number
  /** Its name in /proc/PID/fd, by which those who hold it are found. */
  readonly path: string
}

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/**
 * Makes named pipes a dozen at a time by mkfifo(1), opens them and takes their names away at once: nothing stays on disk,
 * whatever happens to us.
 */
export class PipePool {
  readonly #ready: Pipe[] = []
  readonly #batch: number
  #making: Promise<void> | undefined
  #closed = false

  constructor(limits: { readonly webttyPipesReady: number }) {
    this.#batch = limits.webttyPipesReady
  }

  /** `count` fresh pipes, which belong to the caller. Throws SPAWN_FAILED. */
  async take(count: number): Promise<readonly Pipe[]> {
    while (this.#ready.length < count && !this.#closed) {
      this.#making ??= this.#make().finally(() => (this.#making = undefined))
      await this.#making
    }
    if (this.#closed) throw new AppError('SHUTTING_DOWN')
    return this.#ready.splice(0, count)
  }

  close(): void {
    this.#closed = true
    for (const pipe of this.#ready.splice(0)) closePipe(pipe)
  }

  async #make(): Promise<void> {
    const dir = makeFolder()
    try {
      const paths = Array.from({ length: this.#batch }, (_, index) => join(dir, String(index)))
      await mkfifo(paths).catch((cause: unknown) => {
        throw failed('mkfifo cannot be run.', cause)
      })
      for (const path of paths) this.#ready.push(openPipe(path))
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
    if (this.#closed) this.close()
  }
}

const failed = (problem: string, cause?: unknown): AppError => new AppError('SPAWN_FAILED', { problem }, { cause })

const makeFolder = (): string => {
  try {
    return mkdtempSync(join(tmpdir(), 'towline-pipes-'))
  } catch (cause) {
    throw failed(`no folder for pipes can be made in ${tmpdir()}.`, cause)
  }
}

const openPipe = (path: string): Pipe => {
  const read = open(path, O_RDONLY | O_NONBLOCK)
  return { read, write: openOr(read, path, O_WRONLY), path }
}

/** Where it cannot be opened, the other is closed. */
const openOr = (other: number, path: string, flags: number): number => {
  try {
    return open(path, flags)
  } catch (error) {
    closeSync(other)
    throw error
  }
}

const open = (path: string, flags: number): number => {
  try {
    return openSync(path, flags)
  } catch (cause) {
    throw failed('no pipe can be opened.', cause)
  }
}

const closePipe = ({ read, write }: Pipe): void => {
  closeSync(read)
  closeSync(write)
}

/** The same pipe with the blocking side for a child to read from, and a non-blocking one for us to write to. */
export const turnPipe = (pipe: Pipe): { readonly read: number; readonly write: number } => {
  try {
    const read = open(`/proc/self/fd/${pipe.read}`, O_RDONLY)
    return { read, write: openOr(read, `/proc/self/fd/${pipe.write}`, O_WRONLY | O_NONBLOCK) }
  } finally {
    closePipe(pipe)
  }
}

const mkfifo = async (paths: readonly string[]): Promise<void> => {
  const args = ['-m', '600', ...paths]
  const child = await launch({ file: ownTool('mkfifo'), args, options: {}, stdio: ['ignore', 'ignore', 'ignore'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw failed('mkfifo failed.')
}
