/** Owns what is heard of one process of an exec-server: in order, nothing lost and nothing twice, also over a lost wire. */
import { LIMITS, type ProcessEvents, type ReadParams, type ReadResult } from '@towline/protocol'
import { WireLost } from '../rpc/call-rpc.ts'
import type { CommandSink } from './environment.ts'

/** Asks the server what it kept. */
export type ReadKept = (params: ReadParams) => Promise<ReadResult>

export type ProcessEvent = { [Name in keyof ProcessEvents]: readonly [Name, ProcessEvents[Name]] }[keyof ProcessEvents]

const NOTE = '\n[output is missing here: the machine did not keep it]\n'

export class WatchedProcess {
  readonly processId: string
  readonly #sink: CommandSink
  readonly #read: ReadKept
  readonly #over: () => void
  #lastSeq = 0
  #exit: { readonly code: number; readonly denied: boolean } | undefined
  #catching: Promise<void> | undefined
  #isBehind = false
  #isOver = false
  /** The server has said that it runs. */
  isStarted = false

  /** `over` is called once, when nothing more will be told. */
  constructor(
    processId: string,
    sink: CommandSink,
    { read, over }: { readonly read: ReadKept; readonly over: () => void },
  ) {
    this.processId = processId
    this.#sink = sink
    this.#read = read
    this.#over = over
  }

  heard([name, event]: ProcessEvent): void {
    if (this.#isOver || event.seq <= this.#lastSeq) return
    if (this.#catching || event.seq !== this.#lastSeq + 1) {
      this.#isBehind = true
      void this.catchUp()
      return
    }
    this.#lastSeq = event.seq
    if (name === 'process/output') this.#sink.output(event.stream, Buffer.from(event.chunk, 'base64'))
    else if (name === 'process/exited') this.#exit = { code: event.exitCode, denied: event.sandboxDenied }
    else this.#ended(this.#exit)
  }

  /** Reads what was told while nobody heard it; settles when all of that is heard. */
  catchUp(): Promise<void> {
    this.#catching ??= this.#catch()
      .catch((error: Error) => this.#failed(error))
      .finally(() => {
        this.#catching = undefined
      })
    return this.#catching
  }

  lost(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink.lost(error)
    this.#over()
  }

  async #catch(): Promise<void> {
    do {
      this.#isBehind = false
      while (await this.#take()) if (this.#isOver) return
    } while (this.#isBehind && !this.#isOver)
  }

  /** Whether there may be more. */
  async #take(): Promise<boolean> {
    const { processId } = this
    const asked = { processId, afterSeq: this.#lastSeq, maxBytes: LIMITS.execServerOutputBytes, waitMs: 0 }
    const { chunks, nextSeq, exited, exitCode, closed, failure, sandboxDenied } = await this.#read(asked)
    if (this.#isOver) return false
    for (const { seq, stream, chunk } of chunks) {
      if (seq <= this.#lastSeq) continue
      if (seq > this.#lastSeq + 1 && !exited && !this.#exit) this.#sink.output(stream, Buffer.from(NOTE))
      this.#lastSeq = seq
      this.#sink.output(stream, Buffer.from(chunk, 'base64'))
    }
    if (chunks.length > 0) return true
    if (exited && exitCode !== null) this.#exit = { code: exitCode, denied: sandboxDenied }
    if (failure !== null) this.lost(new Error(failure))
    else if (closed) this.#ended(this.#exit)
    this.#lastSeq = Math.max(this.#lastSeq, nextSeq - 1)
    return false
  }

  /** A wire that was lost once more is caught up on when there is another. */
  #failed(error: Error): void {
    if (!(error instanceof WireLost)) this.lost(error)
  }

  #ended(exit: { readonly code: number; readonly denied: boolean } | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink.exited(exit?.code ?? -1, exit?.denied ?? false)
    this.#over()
  }
}
