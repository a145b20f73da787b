/** Owns the credential of a client over time: fixed, or asked for before each use, since access tokens expire and rotate. */
import { Secret } from '@towline/base'
import type { AppError } from '@towline/protocol'

/**
 * A token, or what answers one that is good now. It is asked anew for every link and call; `refused` is the one that the
 * server has just turned away, so that another is got or the reason is thrown why there is none.
 */
export type TokenSource = string | ((refused?: string) => Promise<string>)

/** See the file's head. */
export class Token {
  readonly #fixed: Secret | undefined
  readonly #ask: ((refused?: string) => Promise<string>) | undefined
  #last: Secret | undefined

  constructor(source: TokenSource) {
    if (typeof source === 'string') this.#fixed = new Secret(source)
    else this.#ask = source
  }

  /** The token to use now. Rejects with what the source throws. */
  async get(): Promise<Secret> {
    if (this.#fixed) return this.#fixed
    this.#last = new Secret((await this.#ask?.()) ?? '')
    return this.#last
  }

  /**
   * Whether another attempt makes sense after `error`: the source has another token than the one that was refused. Rejects
   * with the source's reason, which says more than the server's.
   */
  async renew(error: AppError): Promise<boolean> {
    const refused = this.#last?.reveal()
    if (error.code !== 'UNAUTHENTICATED' || this.#ask === undefined || refused === undefined) return false
    return (await this.#ask(refused)) !== refused
  }
}
