/** Owns the work of `towline tui`. */
import { resolve } from 'node:path'
import { ReadStream, WriteStream } from 'node:tty'
import { type AppClient, openAppClient } from '@towline/app-server'
import { createLog } from '@towline/base'
import { AppError, shown } from '@towline/protocol'
import { type Io, line } from '../io.ts'
import { styleFor } from '../output/style.ts'
import { copySequence } from '../tui/osc52.ts'
import { Session } from '../tui/session.ts'
import { TuiStore } from '../tui/tui-state.ts'
import { VERSION } from '../version.ts'
import { type AppServerLink, appServerLink, type RemoteOptions } from './app-server-link.ts'

export interface TuiOptions extends RemoteOptions {
  readonly cd?: string
  readonly model?: string
  readonly sandbox?: string
  readonly last?: boolean
  readonly all?: boolean
}

/** What is shown first. */
export type TuiStart =
  | { readonly how: 'start'; readonly prompt?: string | undefined }
  | { readonly how: 'resume' | 'fork'; readonly id?: string | undefined }

interface Terminal {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
}

/** Drives a thread until the person leaves. */
export const run = async (io: Io, start: TuiStart, options: TuiOptions): Promise<void> => {
  const link = await appServerLink(io, options)
  const terminal = terminalOf(io)
  const store = new TuiStore(terminal.stdout.columns || 80, terminal.stdout.rows || 24)
  const leaving = new AbortController()
  const session = new Session({ store, ...settingsOf(link, options), ...handsOf(io, leaving) })
  const client = await connect(io, { link, store, session, leaving })
  const giveBack = await show(io, { terminal, store, session })
  try {
    session.client = client
    session.do(() => begin(session, start, options))
    await Promise.race([over(leaving.signal), over(io.signal)])
  } finally {
    await giveBack()
    await leave(client, session)
    link.close()
  }
  tellHow(io, { session, store, options })
  const { link: last } = store.state.view
  if (last.status === 'closed' && last.error) throw last.error
}

const terminalOf = ({ stdin, stdout, isTty }: Io): Terminal => {
  if (isTty.stdin && isTty.stdout && stdin instanceof ReadStream && stdout instanceof WriteStream)
    return { stdin, stdout }
  throw new AppError('USAGE', {
    problem: 'This is for a person at a terminal; "towline exec" takes a prompt without one.',
  })
}

const settingsOf = (link: AppServerLink, { cd, model, sandbox, all }: TuiOptions) => ({
  cwd: link.isRemote ? cd : resolve(cd ?? '.'),
  settings: { ...(model !== undefined && { model }), ...(sandbox !== undefined && { sandbox }) },
  all: all === true,
})

const handsOf = (io: Io, leaving: AbortController) => ({
  copy: (text: string): boolean => {
    const sequence = copySequence(text, io.env)
    if (sequence !== undefined) io.stdout.write(sequence)
    return sequence !== undefined
  },
  leave: (): void => leaving.abort(),
})

interface Parts {
  readonly link: AppServerLink
  readonly store: TuiStore
  readonly session: Session
  readonly leaving: AbortController
}

const connect = async (io: Io, { link, store, session, leaving }: Parts): Promise<AppClient> => {
  try {
    return await openAppClient({
      connect: (signal) => link.connect(signal),
      clientInfo: { name: 'towline-tui', title: 'Towline', version: VERSION },
      onNotification: (told) => store.view({ type: 'told', told }),
      onThread: (thread) => store.view({ type: 'read', thread }),
      onThreadLost: (threadId, error) => session.lost(threadId, error),
      onState: (state) => {
        store.view({ type: 'link', link: state })
        // Refused, such as with a token that was revoked: there is nothing to wait for.
        if (state.status === 'closed') leaving.abort()
      },
      onRequest: session.ask,
      // Nothing but what is drawn may be written to the terminal.
      log: createLog({ level: 'silent', stream: io.stderr }),
    })
  } catch (error) {
    const why = await link.why(error)
    link.close()
    throw why
  }
}

const show = async (
  io: Io,
  { terminal, store, session }: Omit<Parts, 'link' | 'leaving'> & { readonly terminal: Terminal },
) => {
  // Ink would draw nothing before the end where this says so, even at a terminal.
  process.env['CI'] = 'false'
  const { runScreen } = await import('../tui/run-screen.ts')
  const isColoured = !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb'
  return runScreen({ ...terminal, store, isColoured, onKey: (key) => session.press(key) })
}

const begin = async (session: Session, start: TuiStart, { last }: TuiOptions): Promise<void> => {
  if (start.how === 'start') {
    await session.start()
    if (start.prompt) session.send(start.prompt)
    return
  }
  const id = start.id ?? (last ? (await session.threads(1))[0]?.id : undefined)
  if (id !== undefined) return await session[start.how](id)
  if (!last) return await session.pick(start.how)
  session.notice('warning', 'There is no thread yet, so this is a new one.')
  await session.start()
}

const over = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) return done()
    signal.addEventListener('abort', () => done(), { once: true })
  })

const LEAVE_MS = 2_000

/** What runs goes on. */
const leave = async (client: AppClient, { threadId }: Session): Promise<void> => {
  if (threadId !== undefined) await client.request('thread/unsubscribe', { threadId }, { ms: LEAVE_MS }).catch(() => {})
  client.close()
}

interface Left {
  readonly session: Session
  readonly store: TuiStore
  readonly options: TuiOptions
}

const tellHow = (io: Io, { session, store, options }: Left): void => {
  const { view } = store.state
  const { threadId } = session
  if (threadId === undefined || !view.entries.some(({ item }) => item.type === 'userMessage')) return
  const style = styleFor(io, 'stdout')
  if (view.turnId !== undefined && options.remote !== undefined)
    line(io, 'Disconnected from this task. Any running work continues.')
  line(io, `${style.dim('To go on:')} towline tui resume ${shown(threadId)}${remoteWords(options)}`)
}

const remoteWords = ({ remote, remoteAuthTokenEnv }: TuiOptions): string =>
  [
    remote && ` --remote ${shown(remote)}`,
    remoteAuthTokenEnv && ` --remote-auth-token-env ${shown(remoteAuthTokenEnv)}`,
  ]
    .filter(Boolean)
    .join('')
