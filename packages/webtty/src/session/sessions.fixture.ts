/** Owns a participant for tests: it takes what it granted, keeps it, and can be waited for. */
import { type Exit, type Fd, FD, type Limits, type OpenRequest } from '@towline/protocol'
import { silentLog } from '@towline/base'
import { Inbox, within } from '@towline/testkit'
import { openSessions } from './open-sessions.ts'
import type { Participation, ProcessSink, Sessions } from './session-types.ts'

export type Heard =
  | { readonly kind: 'output'; readonly fd: Fd; readonly offset: number; readonly text: string }
  | { readonly kind: 'snapshot'; readonly offset: number; readonly data: string }
  | { readonly kind: 'ended'; readonly fd: Fd; readonly offset: number }
  | { readonly kind: 'stdin'; readonly max: number }
  | { readonly kind: 'exited'; readonly exit: Exit }

const FAR = 1e12

export class Listener implements ProcessSink {
  readonly inbox = new Inbox<Heard>()
  #participation: Participation | undefined

  output(fd: Fd, offset: number, bytes: Uint8Array): void {
    this.inbox.put({ kind: 'output', fd, offset, text: Buffer.from(bytes).toString('latin1') })
  }

  snapshot({ offset, data }: { readonly offset: number; readonly data: string }): void {
    this.inbox.put({ kind: 'snapshot', offset, data })
  }

  ended(fd: Fd, offset: number): void {
    this.inbox.put({ kind: 'ended', fd, offset })
  }

  stdinGranted(max: number): void {
    this.inbox.put({ kind: 'stdin', max })
  }

  exited(exit: Exit): void {
    this.inbox.put({ kind: 'exited', exit })
  }

  /** Takes part as this listener from now on, with credit for everything unless told otherwise. */
  take(participation: Participation, granted = FAR): Participation {
    this.#participation = participation
    for (const fd of [FD.stdout, FD.stderr, FD.pty]) participation.grant(fd, granted)
    return participation
  }

  get participation(): Participation {
    if (this.#participation === undefined) throw new Error('takes no part yet')
    return this.#participation
  }

  /** All of one stream that came in order; throws where it has a gap or came twice. */
  text(fd: Fd, from = 0): string {
    let text = ''
    for (const heard of this.inbox.all) {
      if (heard.kind === 'snapshot') return this.#after(heard.offset, fd)
      if (heard.kind !== 'output' || heard.fd !== fd) continue
      if (heard.offset !== from + text.length)
        throw new Error(`${heard.offset} came where ${from + text.length} is next`)
      text += heard.text
    }
    return text
  }

  #after(offset: number, fd: Fd): string {
    const later = this.inbox.all.flatMap((heard) => (heard.kind === 'output' && heard.offset >= offset ? [heard] : []))
    return later
      .filter((heard) => heard.fd === fd)
      .map(({ text }) => text)
      .join('')
  }

  async exit(): Promise<Exit> {
    const heard = await this.inbox.until('the end of the process', ({ kind }) => kind === 'exited')
    if (heard.kind !== 'exited') throw new Error('not reached')
    return heard.exit
  }

  /** Waits until the terminal or stream has printed this. */
  async printed(part: string | RegExp, fd: Fd = FD.pty): Promise<void> {
    const has = (): boolean => (typeof part === 'string' ? this.text(fd).includes(part) : part.test(this.text(fd)))
    await this.inbox.until(`the output ${String(part)}`, has).catch((error: Error) => {
      throw new Error(`${error.message}; it printed ${JSON.stringify(this.text(fd).slice(-500))}`)
    })
  }
}

export interface SessionsFixture extends AsyncDisposable {
  readonly sessions: Sessions
  /** Opens a process with credit for everything. */
  run(request: OpenRequest): Promise<Listener>
  /** Opens a command and awaits its end. */
  exec(argv: readonly string[], request?: Partial<OpenRequest>): Promise<Ran>
}

export interface Ran {
  readonly exit: Exit
  readonly stdout: string
  readonly stderr: string
}

export const sessionsFixture = (
  limits: Partial<Limits> = {},
  env: NodeJS.ProcessEnv = process.env,
): SessionsFixture => {
  const sessions = openSessions({ limits, log: silentLog(), env, defaults: { cwd: '/', shell: '/bin/bash' } })
  const run = async (request: OpenRequest): Promise<Listener> => {
    const listener = new Listener()
    listener.take(await sessions.open(request, listener))
    return listener
  }
  const exec = async (argv: readonly string[], request: Partial<OpenRequest> = {}): Promise<Ran> => {
    const listener = await run({ kind: 'exec', argv, ...request })
    const exit = await listener.exit()
    listener.participation.leave('detach')
    return { exit, stdout: listener.text(FD.stdout), stderr: listener.text(FD.stderr) }
  }
  const close = (): Promise<void> => within('the end of all processes', sessions.close())
  return { sessions, run, exec, [Symbol.asyncDispose]: close }
}

/** A command for bash. */
export const bash = (script: string): readonly string[] => ['/bin/bash', '-c', script]
