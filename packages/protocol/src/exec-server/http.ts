/** Owns the messages by which an exec-server makes HTTP requests for its client, from its own network. */

export interface HttpHeader {
  readonly name: string
  readonly value: string
}

export interface HttpRequestParams {
  readonly method: string
  readonly url: string
  readonly headers?: readonly HttpHeader[]
  readonly bodyBase64?: string | null
  /** Absent for no limit of the client's own. */
  readonly timeoutMs?: number | null
  readonly redirectPolicy?: 'follow' | 'stop'
  /** Of the stream of its body, until that has ended. */
  readonly requestId: string
  /** Answers after the head; the body follows in `http/request/bodyDelta`. */
  readonly streamResponse?: boolean
}

export interface HttpResponse {
  readonly status: number
  readonly headers: readonly HttpHeader[]
  /** Empty when it is streamed. */
  readonly bodyBase64: string
}

export interface HttpBodyDelta {
  readonly requestId: string
  /** From 1. */
  readonly seq: number
  readonly deltaBase64: string
  readonly done: boolean
  readonly error?: string
}
