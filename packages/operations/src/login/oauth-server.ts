/**
 * Owns speaking OAuth to a Towline server, by openid-client. Every exchange goes to the one address that the person named,
 * over the connection whose certificate was verified: what the server's metadata says can lead nothing elsewhere.
 */
import { AppError, parseServerUrl, shown } from '@towline/protocol'
import { type HttpExchange, openServerHttp, type ServerHttp } from '@towline/sdk'
import type * as Oauth from 'openid-client'
import { oauthError } from './oauth-error.ts'

/** The one client id of the command line (RFC 8628: a public client). */
const CLIENT_ID = 'towline-cli'
const METADATA = '/.well-known/oauth-authorization-server'

export interface ServerAddress {
  readonly url: string
  /** PEM. */
  readonly ca?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** An authorization server that was found, and the library to speak to it. */
export interface OauthServer {
  readonly oauth: typeof Oauth
  readonly config: Oauth.Configuration
  readonly issuer: string
  /** What tokens of the command line are for. */
  readonly resource: string
  /** Turns what the library throws into our errors. */
  run<T>(work: (server: OauthServer) => Promise<T>): Promise<T>
}

/** Asks who the authorization server is, does the work, and closes. Rejects with NOT_TOWLINE, SERVER_UNREACHABLE, … */
export const withOauthServer = async <T>(
  address: ServerAddress,
  work: (server: OauthServer) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> => {
  const http = openServerHttp({ url: address.url, ca: address.ca, ...(address.env && { env: address.env }) })
  try {
    return await work(await discover(http, signal))
  } catch (error) {
    throw signal?.aborted ? signal.reason : oauthError(address.url, error)
  } finally {
    http.close()
  }
}

const discover = async (http: ServerHttp, signal: AbortSignal | undefined): Promise<OauthServer> => {
  const issuer = await issuerOf(http, signal)
  const oauth = await import('openid-client')
  const options = {
    algorithm: 'oauth2' as const,
    [oauth.customFetch]: fetchAt(http, issuer, signal),
    // What `http` does is decided by its own address; an issuer within this machine may call itself http.
    execute: issuer.startsWith('http:') ? [oauth.allowInsecureRequests] : [],
  }
  const config = await oauth.discovery(new URL(issuer), CLIENT_ID, undefined, oauth.None(), options)
  const server: OauthServer = {
    ...{ oauth, config, issuer, resource: `${issuer}/api` },
    run: (work) =>
      work(server).catch((error: unknown) =>
        Promise.reject(signal?.aborted ? signal.reason : oauthError(http.url, error)),
      ),
  }
  return server
}

/** As it calls itself: an origin, such as http://localhost:8080, whatever address led here. */
const issuerOf = async (http: ServerHttp, signal: AbortSignal | undefined): Promise<string> => {
  const stranger = (problem: string): AppError => new AppError('NOT_TOWLINE', { url: http.url, problem })
  const answer = await http.ask(METADATA, { headers: { accept: 'application/json' }, signal })
  if (answer.status === 421) throw new AppError('HOST_REFUSED')
  if (answer.status >= 500) throw away(http, answer)
  if (answer.status !== 200) throw stranger(`it answers ${answer.status} where its OAuth server should be described`)
  const { issuer } = ((await answer.json().catch(() => undefined)) ?? {}) as { readonly issuer?: unknown }
  if (typeof issuer !== 'string' || !isIssuerOf(http.url, issuer))
    throw stranger(`it does not say that it is its own OAuth server: ${shown(String(issuer))}`)
  return issuer
}

/**
 * Whether a server that was asked at `url` may call itself `issuer`: an origin of the same host (RFC 8414 §3.3). Scheme and
 * port may differ, as one port serves several and proxies change both; within this machine every address is the same host.
 */
export const isIssuerOf = (url: string, issuer: string): boolean => {
  if (!URL.canParse(issuer) || new URL(issuer).origin !== issuer) return false
  const { loopback, host } = parseServerUrl(url)
  return loopback || new URL(issuer).hostname.replace(/^\[|\]$/g, '') === host
}

/** Takes URLs of the issuer to the server itself; any other URL is refused before a byte is sent. */
const fetchAt =
  (http: ServerHttp, issuer: string, signal: AbortSignal | undefined): Oauth.CustomFetch =>
  async (url, { method, headers, body }) => {
    const { origin, pathname, search } = new URL(url)
    if (origin !== issuer) {
      const problem = `its OAuth server names an endpoint elsewhere: ${origin}`
      throw new AppError('NOT_TOWLINE', { url: http.url, problem })
    }
    const exchange: HttpExchange = { method, headers: headers as Record<string, string>, body: textOf(body), signal }
    const answer = await http.ask(`${pathname}${search}`, exchange)
    // A server in trouble takes nothing back: whoever runs for long tries again.
    if (answer.status >= 500) throw away(http, answer)
    return answer
  }

const away = ({ url }: ServerHttp, { status }: Response): AppError =>
  new AppError('SERVER_UNREACHABLE', { url, problem: `it answers ${status}` })

const textOf = (body: Oauth.FetchBody | undefined): string | undefined => {
  if (body === undefined || body === null) return undefined
  return body instanceof URLSearchParams || typeof body === 'string' ? body.toString() : undefined
}
