/** Owns deciding which server to talk to, as whom, and whom to trust: flags, then environment, then the contexts file. */
import { readFile } from 'node:fs/promises'
import { readPrivateFile } from '@towline/base'
import { type AgentClaim, AppError, parseServerUrl, validateSlug } from '@towline/protocol'
import type { TokenSource } from '@towline/sdk'
import { isLogin, loginToken } from '../login/login-token.ts'
import { type Context, readContexts } from './contexts.ts'
import type { Env } from './home.ts'

/** All that is needed to speak to a server. */
export interface Connection {
  readonly url: string
  /** Of a login it is what answers a good one, asked before each use. */
  readonly token: TokenSource
  /** Slug of the project that a person's login is used for; a project's own token needs none. */
  readonly project?: string
  /** PEM. */
  readonly ca?: string
  /** The context it came from, when it came from one. */
  readonly context?: string
  /** The AI agent for which calls are made: they say so, and the audit trail shows it. */
  readonly claim?: AgentClaim
}

/** What flags say; absent means the environment or the file decides. */
export interface ConnectionFlags {
  /** Slug. */
  readonly project?: string | undefined
  readonly context?: string | undefined
  readonly caFile?: string | undefined
}

/**
 * Answers the server to use. A stored token is never sent to another URL than its own: a URL from the environment that
 * differs from the context's needs a token from the environment too. Throws CONTEXT_MISSING, CONFIG_INVALID, TOKEN_ELSEWHERE.
 */
export const resolveConnection = async (env: Env, flags: ConnectionFlags = {}): Promise<Connection> => {
  const given = env['TOWLINE_URL'] ? parseServerUrl(env['TOWLINE_URL']).url : undefined
  const token = await tokenOf(env)
  const context = await choose(env, flags, given !== undefined && token !== undefined)
  const url = given ?? context?.url
  if (url === undefined) throw missing(flags.context ?? env['TOWLINE_CONTEXT'])
  const own = context !== undefined && sameServer(context.url, url)
  if (token === undefined && !own) throw elsewhere(context, url)
  const ca = await caOf(env, flags, own ? context.ca : undefined)
  const project =
    projectOf(env, flags) ?? (own && !OWN_TOKEN.test(token ?? context.token) ? context.project : undefined)
  return {
    url,
    token: token ?? (context ? tokenFrom(env, context) : ''),
    ...(project === undefined ? {} : { project }),
    ...(ca === undefined ? {} : { ca }),
    ...(own ? { context: context.name } : {}),
  }
}

/** A stored login is renewed when it is due; a token of a project is what it is. */
const tokenFrom = (env: Env, context: Context): TokenSource =>
  isLogin(context) ? loginToken(env, context) : context.token

const projectOf = (env: Env, { project }: ConnectionFlags): string | undefined => {
  const named = project ?? (env['TOWLINE_PROJECT'] || undefined)
  return named === undefined || PROJECT_ID.test(named) ? named : validateSlug(named)
}

/** The context that is meant. With URL and token in the environment none is needed, and the file is not even read. */
const choose = async (env: Env, flags: ConnectionFlags, complete: boolean): Promise<Context | undefined> => {
  const wanted = flags.context ?? (env['TOWLINE_CONTEXT'] || undefined)
  if (complete && wanted === undefined) return undefined
  const { current, contexts } = await readContexts(env)
  const context = contexts.find(({ name }) => name === (wanted ?? current))
  if (wanted !== undefined && !context) throw missing(wanted)
  return context
}

const tokenOf = async (env: Env): Promise<string | undefined> => {
  const file = env['TOWLINE_TOKEN_FILE'] || undefined
  const inline = env['TOWLINE_TOKEN'] || undefined
  if (file === undefined) return inline
  if (inline !== undefined) throw badSetting('TOWLINE_TOKEN_FILE', 'TOWLINE_TOKEN is set as well; set one of them')
  const text = (await readPrivateFile(file))?.trim()
  if (!text) throw badSetting('TOWLINE_TOKEN_FILE', `there is no token in ${file}`)
  return text
}

/** PEM of the CA that flags or environment name, else the stored one. Throws OPTION_INVALID. */
export const caOf = async (
  env: Env,
  flags: Pick<ConnectionFlags, 'caFile'>,
  stored?: string,
): Promise<string | undefined> => {
  const file = flags.caFile ?? (env['TOWLINE_CA_FILE'] || undefined)
  if (file === undefined) return stored
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error)
  const option = flags.caFile === undefined ? 'TOWLINE_CA_FILE' : '--ca-file'
  if (typeof pem !== 'string')
    throw new AppError('OPTION_INVALID', { option, value: file, problem: pem.code ?? pem.message })
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw new AppError('OPTION_INVALID', { option, value: file, problem: 'it holds no PEM certificate' })
}

const PROJECT_ID = /^prj_[0-9A-Za-z]{1,64}$/

/** Belongs to one project, whatever that is called by now. */
const OWN_TOKEN = /^tow_/

const sameServer = (a: string, b: string): boolean => parseServerUrl(a).url === parseServerUrl(b).url

const missing = (name: string | undefined): AppError =>
  new AppError('CONTEXT_MISSING', { name: name === undefined ? 'yet' : `"${name}"` })

const elsewhere = (context: Context | undefined, url: string): AppError =>
  context === undefined
    ? badSetting('TOWLINE_URL', 'no token is set for it; set TOWLINE_TOKEN or TOWLINE_TOKEN_FILE')
    : new AppError('TOKEN_ELSEWHERE', { context: context.name, stored: context.url, url })

const badSetting = (key: string, problem: string): AppError =>
  new AppError('CONFIG_INVALID', { key, file: 'the environment', problem })
