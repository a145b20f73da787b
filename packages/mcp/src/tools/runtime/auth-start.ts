/** Owns the tool that starts a login, and answers the page that a person opens. */
import { findLoginServer, settleTrust, startLogin, wantedPermissions } from '@towline/operations'
import { permissionsFor } from '@towline/protocol'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { MOST_SECONDS } from './auth-poll.ts'
import { loginRisk } from './login-risk.ts'

export const authStart = defineTool({
  name: 'towline_auth_start',
  description:
    'Starts a login by which a person allows this workstation to act for them. Show loginUrl to the person, then call ' +
    'towline_auth_poll with id and wait. A server that this workstation does not know needs a yes before. Nothing is stored until they approve. When only starting a login was asked for, stop here.',
  input: z.strictObject({
    url: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('Address of the server; that of the current context when absent.'),
    context: z.string().min(1).max(64).optional().describe('Name of the context that is made or replaced.'),
    permissions: z
      .array(z.string().min(1).max(64))
      .max(64)
      .optional()
      .describe('Permissions, or use cases such as "workstation" (the default), "operate", "projects", "observe".'),
  }),
  output: z.strictObject({
    id: z.string().describe('For towline_auth_poll.'),
    loginUrl: z.string().describe('The page for the person to open.'),
    userCode: z.string().optional().describe('To type there; absent when the page has it already.'),
    expiresAt: z.int().describe('Seconds since the epoch.'),
    server: z.string().describe('Address of the server.'),
    context: z.string().describe('Name of the context that the login will be stored as.'),
    permissions: z.array(z.string()).describe('What the person is asked to allow.'),
    next: z.string().describe('What to do now.'),
  }),
  hints: { title: 'Start a login', openWorld: true },
  risk: ({ url, context }, { deps }) => loginRisk(deps.env, url, context),
  profile: 'operate',
  target: ({ url, context }) => ({ name: url ?? context ?? 'the current context' }),
  run: async ({ url: text, context, permissions: asked }, { deps, signal }) => {
    const { env } = deps
    const permissions = asked?.length ? wantedPermissions(asked) : permissionsFor('workstation')
    const server = await findLoginServer(env, text, { name: context })
    const { name, url } = server
    const ca = url.startsWith('https:') ? await settleTrust({ ...server, env, signal }) : undefined
    const pending = await startLogin({ env, name, url, ca, project: server.project, permissions, signal })
    const { completeUrl, userCode, expiresAt } = pending.prompt
    return {
      id: deps.logins.add(pending),
      loginUrl: completeUrl,
      ...(!hasCode(completeUrl, userCode) && { userCode }),
      expiresAt,
      server: url,
      context: name,
      permissions: [...permissions],
      next: `Show loginUrl to the person, then call towline_auth_poll with wait true; it waits up to ${MOST_SECONDS} seconds.`,
    }
  },
})

const hasCode = (url: string, code: string): boolean => [...new URL(url).searchParams.values()].includes(code)
