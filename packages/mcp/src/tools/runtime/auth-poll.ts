/** Owns the tool that asks whether a login was approved, and waits for it when told to. */
import type { Context, PendingLogin } from '@towline/operations'
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { defineTool, type ToolCall } from '../../tool.ts'
import { ticking } from '../ticking.ts'

/** A call cannot be asked to wait longer. */
export const MOST_SECONDS = LIMITS.mcpYieldMsMost / 1000

export const authPoll = defineTool({
  name: 'towline_auth_poll',
  description:
    'Says whether the person has approved the login that towline_auth_start began. With wait it waits, at most timeoutSeconds. ' +
    'Still pending afterwards: ask the person whether they approved, then call again. Refused or expired: start again.',
  input: z.strictObject({
    id: z.string().min(1).max(64).describe('From towline_auth_start.'),
    wait: z.boolean().default(false).describe('Waits for the person.'),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(MOST_SECONDS)
      .default(MOST_SECONDS)
      .describe('How long to wait at most; only with wait.'),
  }),
  output: z.strictObject({
    authenticated: z.boolean().describe('Whether the login is stored and in use.'),
    status: z.enum(['authenticated', 'pending']).describe('How the login stands.'),
    id: z.string().describe('Of the login.'),
    nextPollAfterSeconds: z.int().optional().describe('When it makes sense to ask again.'),
    expiresAt: z.int().optional().describe('Seconds since the epoch, while it is pending.'),
    context: z.string().optional().describe('The context it is stored as, which is the current one now.'),
    project: z.string().optional().describe('Endpoint of the project in use.'),
    next: z.string().describe('What to do now.'),
  }),
  hints: { title: 'Finish a login', openWorld: true },
  risk: 'own',
  profile: 'operate',
  run: async ({ id, wait, timeoutSeconds }, call) => {
    const pending = call.deps.logins.find(id)
    const context = wait ? await waitFor(pending, timeoutSeconds, call) : await pending.poll()
    return context ? approved(id, context) : notYet(id, pending)
  },
})

const waitFor = (pending: PendingLogin, seconds: number, call: ToolCall): Promise<Context | undefined> =>
  ticking(call, { total: seconds, message: 'waiting for the person' }, () =>
    pending.wait(call.signal, Date.now() + seconds * 1000),
  )

const approved = (id: string, { name, project }: Context) => ({
  ...{ authenticated: true, status: 'authenticated' as const, id, context: name },
  ...(project !== undefined && { project }),
  next: project === undefined ? 'Call towline_runtime_prepare to choose a project.' : 'All is set.',
})

const notYet = (id: string, { nextPollSeconds, prompt }: PendingLogin) => ({
  ...{ authenticated: false, status: 'pending' as const, id },
  nextPollAfterSeconds: nextPollSeconds,
  expiresAt: prompt.expiresAt,
  next: 'The person has not approved it yet.',
})
