/** Owns what is remembered of a request between sending it and its answer. */

/** One request on its way, and how far its answer has come. */
export class Exchange {
  readonly requestId: string
  readonly host: string
  /** Milliseconds of the edge's clock. */
  readonly startedAt: number
  /** Method HEAD: the answer has no body. */
  readonly headOnly: boolean
  readonly upgrade: boolean
  /** HTTP/1.0: no interim answers, no chunks, closed afterwards. */
  readonly old: boolean
  /** The visitor wants or gets no further answer on this connection. */
  readonly close: boolean
  /** Waits for 100 before it sends the body. */
  readonly expects: boolean
  readonly accept: string | undefined
  /** `METHOD path`, for the log; only at level debug, or when it is told to the authority. */
  readonly line: string | undefined
  /** It is told to the authority once it is answered. */
  readonly told: boolean
  /** The head as it came, when the request may be sent again. */
  readonly repeat: Uint8Array | undefined
  /** This is already the second attempt. */
  readonly repeated: boolean
  /** Its body has been sent to the end. */
  bodyDone: boolean
  /** A byte of an answer was seen. */
  touched = false
  /** The final head has gone to the visitor. */
  started = false
  /** 100 has gone to the visitor. */
  continued = false
  /** The connection ends after this answer; settled when the final head goes out. */
  last = false
  status = 0

  constructor(request: ExchangeStart) {
    this.requestId = request.requestId
    this.host = request.host
    this.startedAt = request.startedAt
    this.headOnly = request.headOnly
    this.upgrade = request.upgrade
    this.old = request.old
    this.close = request.close
    this.expects = request.expects
    this.accept = request.accept
    this.line = request.line
    this.told = request.told
    this.repeat = request.repeat
    this.repeated = request.repeated
    this.bodyDone = request.bodyDone
  }

  /** Nothing came back, and a second attempt does no harm. */
  get mayRepeat(): boolean {
    return this.repeat !== undefined && !this.repeated && !this.touched
  }
}

type ExchangeStart = Pick<
  Exchange,
  | 'requestId'
  | 'host'
  | 'startedAt'
  | 'headOnly'
  | 'upgrade'
  | 'old'
  | 'close'
  | 'expects'
  | 'accept'
  | 'line'
  | 'told'
  | 'repeat'
  | 'repeated'
  | 'bodyDone'
>
