/** Owns real pipes for commands: Node gives its children sockets, and a socket cannot be opened again as /dev/stderr. */
import { spawn } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '@towline/protocol'
import { maskDescriptors } from './descriptors.ts'

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
      await mkfifo(paths)
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
  try {
    return { read, write: open(path, O_WRONLY), path }
  } catch (error) {
    closeSync(read)
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
    return { read, write: open(`/proc/self/fd/${pipe.write}`, O_WRONLY | O_NONBLOCK) }
  } finally {
    closePipe(pipe)
  }
}

const mkfifo = (paths: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('mkfifo', ['-m', '600', ...paths], { stdio: maskDescriptors(['ignore', 'ignore', 'ignore']) })
    child.once('error', (cause) => reject(failed('mkfifo cannot be run.', cause)))
    child.once('exit', (code) => (code === 0 ? resolve() : reject(failed('mkfifo failed.'))))
  })
