/** Owns the work of `towline exec`: one turn without questions. */
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import {
  type AppClient,
  type AppClientState,
  type AppQuestion,
  checkShape,
  openAppClient,
  startTurn,
} from '@towline/app-server'
import { createLog } from '@towline/base'
import { AppError, LIMITS, type Thread, type Turn } from '@towline/protocol'
import { ExecTurn } from '../exec/exec-turn.ts'
import { progressOf } from '../exec/progress.ts'
import { promptOf, schemaOf, writeMessage, writableMessage } from '../exec/exec-files.ts'
import { sortOf, whyFailed } from '../exec/why-failed.ts'
import { type Io, line, note } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { INTERRUPTED } from '../process-io.ts'
import { ExitStatus } from '../report.ts'
import { askedOf, declined } from '../tui/choices.ts'
import { safeLine, safeText } from '../tui/safe-text.ts'
import { listThreads } from '../tui/thread-list.ts'
import { VERSION } from '../version.ts'
import { type AppServerLink, appServerLink, type RemoteOptions } from './app-server-link.ts'
import { within } from './waiting.ts'

export interface ExecOptions extends RemoteOptions {
  readonly json?: boolean
  readonly cd?: string
  readonly model?: string
  readonly sandbox?: string
  readonly approve?: string
  readonly outputSchema?: string
  readonly lastMessage?: string
  readonly last?: boolean
  readonly all?: boolean
}

export interface ExecWords {
  /** `-`, or none where standard input is no terminal: read there. */
  readonly prompt: string | undefined
  /** Of the thread to go on with; `last` of the options otherwise. */
  readonly resume?: { readonly id: string | undefined }
}

const FAILED = 1

/** Ends with 1 when the turn failed, with 130 when it was interrupted. */
export const run = async (io: Io, words: ExecWords, options: ExecOptions): Promise<void> => {
  if (words.resume && words.resume.id === undefined && !options.last)
    throw new AppError('USAGE', { problem: 'Say which thread to go on with: its id, or --last.' })
  const outputSchema = await schemaOf(options.outputSchema)
  if (options.lastMessage !== undefined) await writableMessage(options.lastMessage)
  const link = await appServerLink(io, options)
  const text = await promptOf(io, words.prompt)
  const exec = new Exec(io, options, link)
  try {
    await exec.run(words, { text, ...(outputSchema && { schema: outputSchema }) })
  } catch (error) {
    exec.failed(error)
    throw error
  } finally {
    exec.close()
  }
}

interface Prompt {
  readonly text: string
  readonly schema?: object
}

const INTERRUPT_MS = 5_000

class Exec {
  readonly #io: Io
  readonly #options: ExecOptions
  readonly #link: AppServerLink
  #client: AppClient | undefined
  #turn: ExecTurn | undefined
  #break: (error: AppError) => void = () => {}
  /** Rejects when the turn cannot be followed any more. */
  readonly #broken = new Promise<never>((_, fail) => {
    this.#break = fail
  })

  constructor(io: Io, options: ExecOptions, link: AppServerLink) {
    this.#io = io
    this.#options = options
    this.#link = link
    this.#broken.catch(() => {})
  }

  async run(words: ExecWords, prompt: Prompt): Promise<void> {
    const client = await this.#connect()
    const thread = await this.#open(client, words)
    this.#event({ type: 'thread.started', thread_id: thread.id })
    if (!this.#options.json) note(this.#io, `thread ${safeLine(thread.id)}`)
    const turn = new ExecTurn({
      threadId: thread.id,
      onEvent: (event) => this.#event(event),
      onItem: this.#options.json ? () => {} : progressOf(this.#io),
      onWarning: (text) => this.#warn(text),
    })
    this.#turn = turn
    // Also when it is to end meanwhile: what was begun has to be interrupted.
    const input = [{ type: 'text', text: prompt.text, text_elements: [] }] as const
    const about = { threadId: thread.id, clientUserMessageId: randomUUID(), input }
    turn.follow(
      (await startTurn(client, { ...about, ...(prompt.schema && { overrides: { outputSchema: prompt.schema } }) })).id,
    )
    const ended = await Promise.race([turn.ended, this.#broken, this.#interrupted(client, thread, turn)])
    await this.#end(turn, ended)
    // Told nonetheless: what came instead says more than that it is wrong.
    if (prompt.schema) await checkShape(prompt.schema, turn.lastMessage ?? '')
  }

  /** For scripts that read events; people are told as of every command. */
  failed(error: unknown): void {
    if (error instanceof AppError) this.#event({ type: 'error', code: error.code, message: error.message })
  }

  close(): void {
    this.#client?.close()
    this.#link.close()
  }

  async #connect(): Promise<AppClient> {
    try {
      this.#client = await openAppClient({
        connect: (signal) => this.#link.connect(AbortSignal.any([signal, this.#io.signal])),
        clientInfo: { name: 'towline-exec', title: 'Towline', version: VERSION },
        onNotification: (told) => this.#turn?.hear(told),
        onThread: (thread) => this.#turn?.read(thread),
        onThreadLost: (_threadId, error) => this.#break(error),
        onState: (state) => this.#linkIs(state),
        onRequest: (question) => this.#decline(question),
        log: createLog({ level: 'warn', stream: this.#io.stderr }),
      })
      return this.#client
    } catch (error) {
      throw await this.#link.why(error)
    }
  }

  #linkIs(state: AppClientState): void {
    if (state.status === 'closed' && state.error) this.#break(state.error)
    if (state.status !== 'reconnecting') return
    if (state.attempt === 1) this.#warn('reconnecting to the server…')
    if (state.attempt > LIMITS.execReconnects)
      this.#break(state.error ?? new AppError('APP_SERVER_LOST', { method: 'turn/start' }))
  }

  async #open(client: AppClient, { resume }: ExecWords): Promise<Thread> {
    const { model, sandbox, approve, cd, last } = this.#options
    const cwd = this.#link.isRemote ? cd : resolve(cd ?? '.')
    const settings = {
      approvalPolicy: approve ?? 'never',
      ...(model !== undefined && { model }),
      ...(sandbox !== undefined && { sandbox }),
    }
    const { signal } = this.#io
    if (!resume) {
      const params = { ...settings, ...(cwd !== undefined && { cwd }) }
      return (await client.request<{ readonly thread: Thread }>('thread/start', params, { signal })).thread
    }
    const threadId = resume.id ?? (last ? await this.#lastThread(client, cwd) : undefined)
    const params = { threadId, ...settings, excludeTurns: true, ...(cd !== undefined && { cwd }) }
    return (await client.request<{ readonly thread: Thread }>('thread/resume', params, { signal })).thread
  }

  async #lastThread(client: AppClient, cwd: string | undefined): Promise<string> {
    const folder = this.#options.all ? undefined : cwd
    const [thread] = await listThreads(client, { limit: 1, cwd: folder })
    if (!thread) throw new AppError('THREAD_NONE', { place: folder === undefined ? 'on the server' : `in ${folder}` })
    return thread.id
  }

  /** Nobody is there to ask. */
  #decline(question: AppQuestion): Promise<object> | undefined {
    const answer = declined(question)
    if (!answer) return undefined
    const [, ...about] = askedOf(question)?.lines ?? []
    this.#warn(`declined, as nobody is here to ask: ${about.join(' ')}`)
    return Promise.resolve(answer)
  }

  /** The turn, once it has stopped; a server that does not stop it in time is left. */
  async #interrupted(client: AppClient, thread: Thread, turn: ExecTurn): Promise<Turn> {
    const { signal } = this.#io
    await new Promise<void>((done) => {
      if (signal.aborted) return done()
      signal.addEventListener('abort', () => done(), { once: true })
    })
    const params = { threadId: thread.id, turnId: turn.turnId }
    const stopped = client.request('turn/interrupt', params, { ms: INTERRUPT_MS }).catch(() => {})
    await within(Promise.all([stopped, turn.ended]), INTERRUPT_MS)
    throw new ExitStatus(INTERRUPTED)
  }

  async #end(turn: ExecTurn, { status, error }: Turn): Promise<void> {
    if (status === 'interrupted') throw new ExitStatus(INTERRUPTED)
    if (status === 'failed') {
      const failure = error ?? { message: 'it does not say why', codexErrorInfo: 'other', additionalDetails: null }
      const { message, codexErrorInfo } = failure
      this.#event({ type: 'turn.failed', error: { code: sortOf(codexErrorInfo), message } })
      throw new ExitStatus(FAILED, this.#options.json ? undefined : { cause: whyFailed(failure) })
    }
    const { lastMessage = '', usage } = turn
    this.#event({
      type: 'turn.completed',
      usage: usage && {
        input_tokens: usage.last.inputTokens,
        cached_input_tokens: usage.last.cachedInputTokens,
        output_tokens: usage.last.outputTokens,
      },
    })
    if (this.#options.lastMessage !== undefined) await writeMessage(this.#options.lastMessage, lastMessage)
    if (!this.#options.json) line(this.#io, this.#io.isTty.stdout ? safeText(lastMessage) : lastMessage)
  }

  #event(event: object): void {
    if (this.#options.json) line(this.#io, safeJson(event))
  }

  #warn(text: string): void {
    note(this.#io, `note: ${safeLine(text)}`)
  }
}
