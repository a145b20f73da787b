/** Owns the wire to a model: one request of the Responses API, its events as they come, and every failure by its name. */
import type OpenAI from 'openai'
import type { ModelProvider } from '../../config/agent-config.ts'
import { boundedFetch, type Bounds } from './bounded-fetch.ts'
import { disconnected, httpFailure, ModelFailure, nonsense, type ToldError, unreachable } from './model-failure.ts'
import type { ModelRequest } from './model-request.ts'

/** As it came: an object with a `type`, whatever else is in it. */
export type ModelEvent = { readonly type: string } & Readonly<Record<string, unknown>>

export interface ModelClientOptions {
  readonly provider: ModelProvider
  /** Where the key of the provider is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly threadId: string
  readonly bounds?: Bounds
}

/** What of the SDK is needed; it is loaded when first a model is asked. */
type Sdk = typeof import('openai')

export class ModelClient {
  readonly #options: ModelClientOptions
  #client: { readonly sdk: Sdk; readonly openai: OpenAI; readonly secrets: readonly string[] } | undefined

  constructor(options: ModelClientOptions) {
    this.#options = options
  }

  /** Ends after the last event. Throws ModelFailure, or the reason of `signal`. */
  async *ask(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
    const { sdk, openai, secrets } = (this.#client ??= await this.#open())
    const gone = new AbortController()
    const both = AbortSignal.any([signal, gone.signal])
    const fail = (error: unknown, during: 'request' | 'stream'): unknown => {
      signal.throwIfAborted()
      return withoutSecrets(failureOf({ sdk, error, during }), secrets)
    }
    try {
      const stream = await this.#within(openai.responses.create(request as never, { signal: both }), gone).catch(
        (error: unknown) => {
          throw fail(error, 'request')
        },
      )
      const events = (stream as unknown as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      for (;;) {
        const next = await this.#within(events.next(), gone).catch((error: unknown) => {
          throw fail(error, 'stream')
        })
        // The SDK ends a stream that was aborted as if it were whole.
        signal.throwIfAborted()
        if (next.done) return
        yield eventOf(next.value)
      }
    } finally {
      gone.abort()
    }
  }

  async #open() {
    const { provider, env, threadId } = this.#options
    const sdk = await import('openai')
    const key = keyOf(provider, env)
    const openai = new sdk.OpenAI({
      baseURL: provider.baseUrl,
      // What is not given it would read from the environment.
      ...{ apiKey: key ?? 'none', adminAPIKey: null, organization: null, project: null, webhookSecret: null },
      ...{ maxRetries: 0, timeout: provider.streamIdleTimeoutMs * 2, logLevel: 'off' },
      defaultQuery: { ...provider.queryParams },
      defaultHeaders: {
        ...{ ...OWN_HEADERS, 'session-id': threadId, 'thread-id': threadId, 'x-client-request-id': threadId },
        ...(key === undefined && { authorization: null }),
        ...provider.headers,
      },
      fetch: boundedFetch(fetch, this.#options.bounds),
    })
    return { sdk, openai, secrets: secretsOf(provider, key) }
  }

  /** Rejects when nothing came for as long as the provider may be silent. */
  async #within<T>(work: Promise<T>, gone: AbortController): Promise<T> {
    const { streamIdleTimeoutMs } = this.#options.provider
    let timer: NodeJS.Timeout | undefined
    const silent = new Promise<never>((_, fail) => {
      timer = setTimeout(() => {
        fail(disconnected('nothing came for too long (stream_idle_timeout_ms).'))
        gone.abort()
      }, streamIdleTimeoutMs)
    })
    try {
      return await Promise.race([work, silent])
    } finally {
      clearTimeout(timer)
      work.catch(() => undefined)
    }
  }
}

/** Nothing of this machine is told that is not asked for. */
const OWN_HEADERS: Readonly<Record<string, string | null>> = {
  'user-agent': 'towline',
  ...Object.fromEntries(
    ['arch', 'lang', 'os', 'package-version', 'retry-count', 'runtime', 'runtime-version', 'timeout'].map((name) => [
      `x-stainless-${name}`,
      null,
    ]),
  ),
}

/** Throws ModelFailure. */
const keyOf = ({ envKey, name }: ModelProvider, env: ModelClientOptions['env']): string | undefined => {
  if (envKey === undefined) return undefined
  const key = env[envKey]?.trim()
  if (key) return key
  throw new ModelFailure({
    message: `The key of the model provider "${name}" is missing: set the variable ${envKey} and start the server again.`,
    ...{ info: 'unauthorized', retryable: false, during: 'request' },
  })
}

const eventOf = (value: unknown): ModelEvent => {
  if (typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string')
    return value as ModelEvent
  throw nonsense('it sent an event without a type.')
}

interface Caught {
  readonly sdk: Sdk
  readonly error: unknown
  readonly during: 'request' | 'stream'
}

const failureOf = ({ sdk, error, during }: Caught): ModelFailure => {
  const own = causes(error).find((one) => one instanceof ModelFailure)
  if (own) return own
  if (error instanceof SyntaxError) return nonsense('it sent an event that is not JSON.')
  if (error instanceof sdk.APIError && typeof error.status === 'number')
    return httpFailure(error.status, (error.error ?? {}) as ToldError, {
      retryAfterMs: retryAfter(error.headers),
      body: error.error ? undefined : error.message.slice(0, MOST_BODY),
    })
  if (error instanceof sdk.APIError && error.error) return streamError(error.error as ToldError)
  const why = causes(error).at(-1)
  const problem = why instanceof Error ? why.message : String(why)
  return during === 'request' ? unreachable(problem) : disconnected(problem)
}

const streamError = (told: ToldError): ModelFailure => httpLess(httpFailure(0, told), told)

/** The same sort, without a number that was never said. */
const httpLess = (failure: ModelFailure, { message }: ToldError): ModelFailure =>
  new ModelFailure({
    ...{ info: typeof failure.info === 'string' ? failure.info : 'other', retryable: failure.retryable },
    ...{ during: 'stream', message: typeof message === 'string' ? message : 'The model endpoint sent an error.' },
  })

const MOST_BODY = 1000
const MOST_CAUSES = 8

const causes = (error: unknown): readonly unknown[] => {
  const all: unknown[] = []
  for (let one = error; one !== undefined && all.length < MOST_CAUSES; one = (one as { cause?: unknown }).cause)
    all.push(one)
  return all
}

/** An endpoint may say the key that it refuses. */
const withoutSecrets = (failure: ModelFailure, secrets: readonly string[]): ModelFailure => {
  const hide = (text: string): string => secrets.reduce((left, secret) => left.replaceAll(secret, '[key]'), text)
  const { info, retryable, during, retryAfterMs, message, details } = failure
  return new ModelFailure({
    ...{ info, retryable, during, retryAfterMs, message: hide(message) },
    details: details === null ? null : hide(details),
  })
}

/** Shorter values of headers are words such as "true". */
const SECRET_LENGTH = 8

const secretsOf = ({ headers }: ModelProvider, key: string | undefined): readonly string[] =>
  [key ?? '', ...Object.values(headers)].filter((text) => text.length >= SECRET_LENGTH)

const retryAfter = (headers: Headers | undefined): number | undefined => {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(ms)) return ms
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}
