/** Owns the checks of what is on this machine: the contexts file, the server that is meant, and proxy settings. */
import { serverOf } from '@towline/sdk'
import { resolveConnection } from '../context/connection.ts'
import { readContexts } from '../context/contexts.ts'
import { contextsFile } from '../context/home.ts'
import type { Check } from './examined.ts'
import { pass } from './report.ts'

export const checkConfig: Check = async ({ env }) => {
  const { contexts } = await readContexts(env)
  const file = contextsFile(env)
  return pass(
    contexts.length === 0 ? `${file} holds no context` : `${file} is private and holds ${contexts.length} contexts`,
  )
}

export const checkContext: Check = async (examined) => {
  const connection = await resolveConnection(examined.env, examined.flags)
  examined.connection = connection
  const { url, context, project } = connection
  const from = context === undefined ? 'the environment' : `the context "${context}"`
  return pass(`${url} from ${from}${project === undefined ? '' : `, project ${project}`}`)
}

export const checkProxy: Check = (examined) => {
  const { connection, env } = examined
  if (!connection) return SKIPPED
  examined.route = serverOf({ url: connection.url, env })
  const { proxy } = examined.route
  return pass(proxy ? `${proxy.protocol}//${proxy.host} is in between` : 'no proxy is in between')
}

/** For checks that need a server. */
export const SKIPPED = { status: 'skip', found: 'no server is chosen' } as const
/** For checks that go there. */
export const PATHLESS = { status: 'skip', found: 'there is no way to the server' } as const
