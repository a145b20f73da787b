/** Owns storing a login that a person has approved, as a context. */
import { AppError, LIMITS, validateSlug } from '@towline/protocol'
import { type Context, type Login, readContexts, saveContext } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import type { Got } from './ask-for-tokens.ts'
import { callApi } from './call-api.ts'
import { endLogin } from './end-login.ts'
import { expiryOf, isLogin } from './login-token.ts'

export interface Place {
  readonly env: Env
  readonly name: string
  readonly url: string
  readonly ca?: string | undefined
  readonly project?: string | undefined
}

/** Answers the context, which is the current one from then on. Rejects with NOT_TOWLINE when the login cannot be renewed. */
export const keepLogin = async ({ env, name, url, ca, project }: Place, got: Got): Promise<Context> => {
  const bare: Context = {
    ...{ name, url, token: got.tokens.access_token, login: loginOf(got) },
    ...(ca === undefined ? {} : { ca }),
  }
  const slug = project ?? (await onlyProject(bare))
  const context: Context = slug === undefined ? bare : { ...bare, project: slug }
  const before = (await readContexts(env)).contexts.find((one) => one.name === name)
  await saveContext(env, context)
  // The login that was here is of no use to anyone any more; a server that cannot be told ends it in time.
  if (before && isLogin(before)) await endLogin(env, before).catch(() => undefined)
  return context
}

/** The project of a person who has one; which of several is meant is the person's to say. */
const onlyProject = async (context: Context): Promise<string | undefined> => {
  const asked = callApi(context, '/api/projects?limit=2').catch(() => ({}))
  const { projects = [] } = (await asked) as {
    readonly projects?: readonly ({ readonly endpoint?: unknown } | undefined)[]
  }
  const [only] = projects
  return projects.length === 1 && isSlug(only?.endpoint) ? only?.endpoint : undefined
}

/** Anything else cannot be kept, and is left for the person to choose. */
const isSlug = (value: unknown): value is string => {
  try {
    return typeof value === 'string' && validateSlug(value) === value
  } catch {
    return false
  }
}

const loginOf = ({ issuer, tokens, permissions }: Got): Login => {
  const { refresh_token: refreshToken, expires_in: seconds } = tokens
  if (refreshToken === undefined)
    throw new AppError('NOT_TOWLINE', { url: issuer, problem: 'its login cannot be renewed' })
  return { issuer, refreshToken, expiresAt: expiryOf(seconds ?? LIMITS.accessTokenSeconds, Date.now), permissions }
}
