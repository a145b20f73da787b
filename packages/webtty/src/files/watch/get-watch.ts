/** Owns GET /v1/watch: changes of a folder as server-sent events. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Limits } from '@towline/protocol'
import { ALWAYS } from '../routes/answer.ts'
import { type Call, queryOf, spotAt } from '../routes/call.ts'
import { flag, text } from '../routes/fields.ts'
import { demandFolder } from '../root/spot.ts'
import type { WatchSink } from './watch.ts'

export const getWatch = async (call: Call): Promise<void> => {
  const { path = '/', recursive = false } = queryOf(call, { path: text, recursive: flag })
  const { service, res, req, signal } = call
  using spot = spotAt(call, path)
  demandFolder(spot)
  const events = new EventStream(res, service.limits)
  const watch = await service.watches.open({ parts: spot.parts, recursive, walk: service.walk, signal, sink: events })
  try {
    spot.close()
    events.begin({ missed: req.headers['last-event-id'] !== undefined })
    if (!signal.aborted && !res.closed) await Promise.race([once(signal, 'abort'), once(res, 'close')])
  } finally {
    service.watches.close(watch)
    events.end()
  }
}

/** Server-sent events of one listener; one who reads too slowly is told that changes were missed. */
class EventStream implements WatchSink {
  readonly #res: ServerResponse
  readonly #limits: Limits
  #id = 0
  #unsent = 0
  #begun = false
  #missed = false
  #ping: NodeJS.Timeout | undefined

  constructor(res: ServerResponse, limits: Limits) {
    this.#res = res
    this.#limits = limits
  }

  /** There is no journal: who comes back has missed changes. */
  begin({ missed }: { missed: boolean }): void {
    const fields = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
    this.#res.writeHead(200, { ...ALWAYS, ...fields })
    this.#begun = true
    this.#send('ready', {})
    if (missed || this.#missed) this.#send('overflow', {})
    this.#missed = false
    this.#ping = setInterval(() => this.#res.write(': ping\n\n'), this.#limits.watchPingMs).unref()
  }

  change(change: object): void {
    if (this.#unsent > this.#limits.filesWatchPending) this.#missed = true
    if (!this.#missed) this.#send('change', change)
  }

  overflow(): void {
    if (this.#begun && this.#unsent === 0) this.#send('overflow', {})
    else this.#missed = true
  }

  gone(): void {
    this.#send('gone', {})
    this.end()
  }

  end(): void {
    clearInterval(this.#ping)
    if (!this.#res.writableEnded) this.#res.end()
  }

  #send(event: string, data: object): void {
    if (!this.#begun || this.#res.writableEnded) return
    this.#unsent++
    this.#res.write(`id: ${++this.#id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`, () => this.#sent())
  }

  #sent(): void {
    this.#unsent--
    if (this.#unsent > 0 || !this.#missed) return
    this.#missed = false
    this.#send('overflow', {})
  }
}
