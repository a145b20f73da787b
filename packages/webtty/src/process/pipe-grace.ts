/** Owns how long the pipes of an exited command are still read: until they are silent, and not for ever. */

export interface PipeGraceLimits {
  readonly webttyPipeGraceMs: number
  readonly webttyPipeGraceMaxMs: number
}

/** Counts silence only while someone reads. A busy process is no silence: the pipes are polled once more before they are left. */
export class PipeGrace {
  readonly #limits: PipeGraceLimits
  readonly #over: () => void
  #state: 'before' | 'running' | 'over' = 'before'
  #silence: NodeJS.Timeout | undefined
  #poll: NodeJS.Immediate | undefined
  #leftMs: number
  #heard = false

  constructor(limits: PipeGraceLimits, over: () => void) {
    this.#limits = limits
    this.#over = over
    this.#leftMs = limits.webttyPipeGraceMaxMs
  }

  get begun(): boolean {
    return this.#state !== 'before'
  }

  begin(reading: boolean): void {
    if (this.#state !== 'before') return
    this.#state = 'running'
    this.watch(reading)
  }

  /** Whether someone reads changed. */
  watch(reading: boolean): void {
    if (this.#state !== 'running') return
    if (!reading) this.#disarm()
    else if (this.#silence === undefined && this.#poll === undefined) this.#arm()
  }

  /** Something came. */
  heard(): void {
    this.#heard = true
  }

  end(): void {
    this.#state = 'over'
    this.#disarm()
  }

  #arm(): void {
    this.#heard = false
    this.#silence = setTimeout(() => this.#silent(), this.#limits.webttyPipeGraceMs)
  }

  #disarm(): void {
    clearTimeout(this.#silence)
    if (this.#poll !== undefined) clearImmediate(this.#poll)
    this.#silence = undefined
    this.#poll = undefined
  }

  /** Timers come before sockets in a turn of the loop, immediates after: what waited meanwhile is heard in between. */
  #silent(): void {
    this.#silence = undefined
    this.#leftMs -= this.#limits.webttyPipeGraceMs
    this.#poll = setImmediate(() => {
      this.#poll = undefined
      if (this.#heard && this.#leftMs > 0) return this.#arm()
      this.end()
      this.#over()
    })
  }
}
