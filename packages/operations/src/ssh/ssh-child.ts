/** Owns the process of OpenSSH: the end of what it said, and that it is gone when we are done with it. */
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { LIMITS } from '@towline/protocol'

export type Child = ChildProcessByStdio<Writable, Readable, Readable>

export interface WatchedChild {
  /** Settles when the process is gone and has been heard to its end. */
  readonly exited: Promise<void>
  readonly isClosed: boolean
  /** How it ended, as far as that is known. */
  end(): { readonly status: number | null; readonly said: string }
  /** From now on what it says is only kept. */
  hush(): void
  /** SIGTERM, and SIGKILL when that does not help. Twice is harmless. */
  close(): Promise<void>
}

/** `onSaid` hears its standard error. */
export const watchChild = (child: Child, onSaid?: (text: string) => void): WatchedChild => {
  let [said, isHushed, isClosed] = ['', false, false]
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-LIMITS.sshSaidChars)
    if (!isHushed) onSaid?.(text)
  })
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined)
  const exited = new Promise<void>((done) => {
    child.once('close', () => done())
    child.once('error', () => done())
    // A process that it left behind, for further connections, may hold standard error for as long as it likes.
    child.once('exit', () => setTimeout(done, LIMITS.sshKillMs).unref())
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMITS.sshKillMs)
    await exited
    clearTimeout(timer)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
  }
  let closing: Promise<void> | undefined
  return {
    exited,
    get isClosed() {
      return isClosed
    },
    end: () => ({ status: child.exitCode, said }),
    hush: () => {
      isHushed = true
    },
    close: () => {
      isClosed = true
      closing ??= kill()
      return closing
    },
  }
}
