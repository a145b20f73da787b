/** Owns which server a login goes to, what its context is called, and which authority is pinned for it already. */
import { caOf } from '../context/connection.ts'
import { type Context, readContexts, validateContextName } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import { AppError, parseServerUrl } from '@towline/protocol'

export interface LoginServer {
  readonly url: string
  readonly name: string
  /** PEM that was given, or that a context has for this server. */
  readonly ca?: string | undefined
  /** Of the context that is replaced, when it is for this server. */
  readonly project?: string | undefined
  /** http:// to another machine was written: what listens there speaks TLS on the same port. */
  readonly upgraded: boolean
}

export interface LoginServerOptions {
  readonly name?: string | undefined
  readonly caFile?: string | undefined
}

/** Throws USAGE when no server is named, TARGET_INVALID, OPTION_INVALID or CONFIG_INVALID. */
export const findLoginServer = async (
  env: Env,
  text: string | undefined,
  options: LoginServerOptions,
): Promise<LoginServer> => {
  const { contexts, current } = await readContexts(env)
  const wanted = options.name ?? (text === undefined ? ((env['TOWLINE_CONTEXT'] || undefined) ?? current) : undefined)
  const chosen = contexts.find(({ name }) => name === wanted)
  const given = text ?? (env['TOWLINE_URL'] || undefined) ?? chosen?.url
  if (given === undefined)
    throw new AppError('USAGE', {
      problem: 'Which server? Give its URL, such as "towline login https://relay.example.com".',
    })
  const { url, upgraded } = serverUrl(given)
  const known = contexts.filter((one) => parseServerUrl(one.url).url === url)
  const name = options.name ?? nameFor(url, { chosen: text === undefined ? chosen : undefined, contexts })
  const own = known.find((one) => one.name === name)
  const pinned = own?.ca ?? known.find(({ ca }) => ca !== undefined)?.ca
  return { url, name, upgraded, ca: await caOf(env, options, pinned), project: own?.login && own.project }
}

const serverUrl = (text: string): { readonly url: string; readonly upgraded: boolean } => {
  const plain = /^http:\/\//i.test(text) && URL.canParse(text) && !isHere(text)
  const { url } = parseServerUrl(plain ? text.replace(/^http:/i, 'https:') : text)
  return { url, upgraded: plain }
}

const isHere = (text: string): boolean => {
  try {
    return parseServerUrl(text).loopback
  } catch {
    return false
  }
}

interface Names {
  /** The context that the server was taken from. */
  readonly chosen: Context | undefined
  readonly contexts: readonly Context[]
}

/** The login that is renewed keeps its name; else the host, with the port where that name is another server's. */
const nameFor = (url: string, { chosen, contexts }: Names): string => {
  if (chosen?.login) return chosen.name
  const { hostname, port } = new URL(url)
  const host =
    hostname
      .replace(/^\[|\]$/g, '')
      .replace(/[^A-Za-z0-9.-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 50) || 'server'
  const other = contexts.find(({ name }) => name === host)
  return validateContextName(other !== undefined && other.url !== url && port !== '' ? `${host}-${port}` : host)
}
