/**
 * Owns a person's login by the device flow (RFC 8628) from the prompt to the stored context: it is started, and then asked
 * about as often as anybody likes, in one call that waits or in many that do not.
 */
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, type Permission } from '@towline/protocol'
import type { DeviceAuthorizationResponse } from 'openid-client'
import type { Context } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import { orAbort } from '../or-abort.ts'
import { askForTokens, type Got } from './ask-for-tokens.ts'
import { keepLogin } from './keep-login.ts'
import { expiryOf } from './login-token.ts'
import { type OauthServer, withOauthServer } from './oauth-server.ts'

/** What the person needs in order to approve. */
export interface LoginPrompt {
  readonly url: string
  /** With the code in it. */
  readonly completeUrl: string
  readonly userCode: string
  /** Integer seconds. */
  readonly expiresAt: number
}

export interface LoginStart {
  readonly env: Env
  /** Of the context that is written; one of this name is replaced. */
  readonly name: string
  readonly url: string
  /** PEM to pin. */
  readonly ca?: string | undefined
  /** Slug. */
  readonly project?: string | undefined
  readonly permissions: readonly Permission[]
  readonly signal?: AbortSignal | undefined
  /** Integer milliseconds since the epoch. */
  readonly clock?: () => number
}

/** A login that a person has still to approve. */
export interface PendingLogin {
  readonly prompt: LoginPrompt
  /** Seconds until the server may be asked again. */
  readonly nextPollSeconds: number
  /**
   * Asks once, unless that is too soon. Answers the stored context, or undefined while it is not approved. Rejects with
   * LOGIN_REFUSED, LOGIN_EXPIRED, NOT_TOWLINE; whoever asks again hears the same. What is retryable ends nothing.
   */
  poll(): Promise<Context | undefined>
  /** Polls until it is over, or until `until` (milliseconds since the epoch), which answers undefined. Rejects with the signal's reason too. */
  wait(signal: AbortSignal, until?: number): Promise<Context | undefined>
}

/** Asks for a page and a code. Rejects with NOT_TOWLINE, SERVER_UNREACHABLE, SERVER_UNTRUSTED. */
export const startLogin = async (start: LoginStart): Promise<PendingLogin> => {
  const { url, ca, env, signal, permissions } = start
  return await withOauthServer(
    { url, ca, env },
    async (server) => {
      const scope = permissions.join(' ')
      const asked = { scope, resource: server.resource, towline_device: hostname().slice(0, 128) }
      const device = await server.run(({ oauth, config }) => oauth.initiateDeviceAuthorization(config, asked))
      return new DeviceLogin(start, server.issuer, device)
    },
    signal,
  )
}

/** Of RFC 8628: where the server names none (§3.2), and by how much it grows when asked to (§3.5). */
const INTERVAL_SECONDS = 5

class DeviceLogin implements PendingLogin {
  readonly prompt: LoginPrompt
  readonly #start: LoginStart
  readonly #device: DeviceAuthorizationResponse
  readonly #clock: () => number
  #intervalMs: number
  #nextAt: number
  #asking: Promise<Context | undefined> | undefined
  #outcome: Promise<Context> | undefined

  constructor(start: LoginStart, issuer: string, device: DeviceAuthorizationResponse) {
    const { clock = Date.now } = start
    this.#start = start
    this.#device = device
    this.#clock = clock
    this.#intervalMs = (device.interval ?? INTERVAL_SECONDS) * 1000
    this.#nextAt = clock() + this.#intervalMs
    this.prompt = {
      url: pageOf(issuer, device.verification_uri),
      completeUrl: pageOf(issuer, device.verification_uri_complete ?? device.verification_uri),
      userCode: device.user_code,
      expiresAt: expiryOf(device.expires_in, clock),
    }
  }

  get nextPollSeconds(): number {
    return this.#outcome ? 0 : Math.max(0, Math.ceil((this.#nextAt - this.#clock()) / 1000))
  }

  poll(): Promise<Context | undefined> {
    if (this.#outcome) return this.#outcome
    if (this.#clock() < this.#nextAt) return Promise.resolve(undefined)
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async wait(signal: AbortSignal, until = Infinity): Promise<Context | undefined> {
    for (;;) {
      signal.throwIfAborted()
      const context = await orAbort(this.poll(), signal)
      if (context) return context
      const now = this.#clock()
      if (now >= until) return undefined
      await sleep(Math.max(0, Math.min(this.#nextAt, until) - now), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      )
    }
  }

  /** What was approved is kept even when whoever asked has gone meanwhile: the server tells it only once. */
  async #ask(): Promise<Context | undefined> {
    const { url, ca, env, permissions } = this.#start
    try {
      if (this.#clock() / 1000 >= this.prompt.expiresAt) throw new AppError('LOGIN_EXPIRED')
      const asked = { device: this.#device, permissions }
      const got = await withOauthServer({ url, ca, env }, (server) => this.#answerOf(server, asked))
      if (!got) return undefined
      this.#outcome = keepLogin(this.#start, got)
    } catch (error) {
      if (error instanceof AppError && error.row.retryable) return undefined
      this.#outcome = Promise.reject(error as Error)
    } finally {
      this.#nextAt = this.#clock() + this.#intervalMs
    }
    return await this.#outcome
  }

  async #answerOf(server: OauthServer, asked: Parameters<typeof askForTokens>[1]): Promise<Got | undefined> {
    const answer = await askForTokens(server, asked)
    if (answer === 'slower') this.#intervalMs += INTERVAL_SECONDS * 1000
    return typeof answer === 'string' ? undefined : answer
  }
}

/** A person's browser opens it, and the person approves there: it is a page of the server that asks, and nothing else. */
const pageOf = (issuer: string, text: string): string => {
  if (URL.canParse(text) && new URL(text).origin === issuer) return new URL(text).href
  throw new AppError('NOT_TOWLINE', { url: issuer, problem: 'its page for logins is none of its own' })
}
