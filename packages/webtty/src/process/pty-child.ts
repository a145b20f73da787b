/** Owns a program on a terminal: no byte it printed before it exited is lost, and the terminal closes after the last. */
import { closeSync, constants, openSync } from 'node:fs'
import { AppError, FD, type Fd, type TtySize } from '@towline/protocol'
import type { Child, ChildEnd, ChildLimits, ChildSink, ChildSpec } from './child-types.ts'
import { forgetMaster, guardMaster } from './descriptors.ts'
import { launch } from './launch.ts'
import { nativePty } from './native-pty.ts'
import { identify } from './proc-stat.ts'
import { ownTool } from './own-tool.ts'
import { Reader } from './reader.ts'
import { StdinWriter } from './stdin-writer.ts'

export interface PtyChildOptions {
  readonly spec: ChildSpec & { readonly tty: TtySize }
  readonly limits: ChildLimits
  readonly sink: ChildSink
}

/**
 * Starts a program as the leader of a session with a terminal of its own. setsid(1) takes the terminal, because Node
 * cannot, and becomes the program. Throws PTY_UNAVAILABLE and as `launch`.
 */
export const startPtyChild = async ({ spec, limits, sink }: PtyChildOptions): Promise<Child> => {
  const file = setsid()
  const terminal = openTerminal(spec.tty)
  try {
    await setUtf8(terminal.slave)
    const child = await launch({
      file,
      args: ['-c', '--', spec.file, ...spec.argv.slice(1)],
      options: { cwd: spec.cwd, env: { ...spec.env } },
      stdio: [terminal.slave, terminal.slave, terminal.slave],
    })
    const running = new PtyChild(child.pid, { terminal, limits, sink })
    child.once('exit', (exitCode, signal) => running.left(exitCode, signal))
    return running
  } catch (error) {
    closeSync(terminal.slave)
    closeSync(terminal.master)
    forgetMaster(terminal.master)
    throw error
  }
}

interface Terminal {
  readonly master: number
  /** Held open by us: without it the kernel tells a hang-up, and libuv drops what was not read. */
  readonly slave: number
}

/** setsid(1) of util-linux or busybox. */
const setsid = (): string => {
  try {
    return ownTool('setsid')
  } catch (cause) {
    throw new AppError('PTY_UNAVAILABLE', { problem: 'the program setsid (util-linux) is missing.' }, { cause })
  }
}

const openTerminal = ({ cols, rows }: TtySize): Terminal => {
  const { master, slave, pty } = openPair(cols, rows)
  guardMaster(master)
  try {
    // Opened again: the binding's own is non-blocking and would be so for the program, and is inherited by others.
    return { master, slave: openSync(pty, constants.O_RDWR | constants.O_NOCTTY) }
  } catch (cause) {
    closeSync(master)
    forgetMaster(master)
    throw new AppError('SPAWN_FAILED', { problem: `${pty} cannot be opened.` }, { cause })
  } finally {
    closeSync(slave)
  }
}

const openPair = (cols: number, rows: number): ReturnType<ReturnType<typeof nativePty>['open']> => {
  const native = nativePty()
  try {
    return native.open(cols, rows)
  } catch (cause) {
    throw new AppError('SPAWN_FAILED', { problem: 'no terminal is free.' }, { cause })
  }
}

/** Lets the kernel erase whole characters in a line that it edits itself. Where there is no stty it erases bytes. */
const setUtf8 = async (slave: number): Promise<void> => {
  try {
    const child = await launch({
      file: ownTool('stty'),
      args: ['iutf8'],
      options: {},
      stdio: [slave, 'ignore', 'ignore'],
    })
    await new Promise((resolve) => child.once('exit', resolve))
  } catch {}
}

interface PtyParts {
  readonly terminal: Terminal
  readonly limits: ChildLimits
  readonly sink: ChildSink
}

class PtyChild implements Child {
  readonly identity
  readonly fds = [FD.pty]
  readonly #parts: PtyParts
  readonly #reader: Reader
  readonly #writer: StdinWriter
  #closed = false

  constructor(pid: number, parts: PtyParts) {
    this.identity = identify(pid)
    this.#parts = parts
    const { terminal, limits, sink } = parts
    const fd = terminal.master
    this.#reader = new Reader({
      fd,
      kind: 'tty',
      limits,
      sink: { data: (bytes) => sink.output(FD.pty, bytes), ended: () => sink.ended(FD.pty) },
    })
    this.#writer = new StdinWriter({ fd, kind: 'tty', limits, taken: (count) => sink.taken(count) })
  }

  pause(): void {
    this.#reader.pause()
  }

  resume(_fd: Fd, room?: number): void {
    this.#reader.resume(room)
  }

  write(bytes: Uint8Array): void {
    this.#writer.write(bytes)
  }

  endStdin(): void {
    this.#writer.end()
  }

  resize({ cols, rows }: TtySize): void {
    if (!this.#closed) nativePty().resize(this.#parts.terminal.master, cols, rows)
  }

  /** The program has exited. The kernel has all it printed: it is read to EAGAIN, though others may hold the terminal. */
  left(exitCode: number | null, signal: string | null): void {
    this.#writer.close()
    this.#parts.sink.gone()
    this.#reader.drain(() => this.#finish({ exitCode, signal, pipesHeldBy: [] }))
  }

  #finish(end: ChildEnd): void {
    const { terminal, sink } = this.#parts
    this.#closed = true
    this.#reader.close()
    forgetMaster(terminal.master)
    closeSync(terminal.slave)
    sink.exited(end)
  }
}
