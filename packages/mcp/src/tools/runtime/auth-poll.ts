/** Owns the tool that asks whether a login was approved, and waits for it when told to. */
import type { Context, PendingLogin } from '@towline/operations'
import { z } from 'zod'
import { defineTool, type ToolCall } from '../../tool.ts'

const MOST_SECONDS = 60
/** Clients give a call up that says nothing for long. */
const TELL_MS = 5_000

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

const waitFor = async (
  pending: PendingLogin,
  seconds: number,
  { signal, progress }: ToolCall,
): Promise<Context | undefined> => {
  const started = Date.now()
  const tell = (): void => progress(Math.round((Date.now() - started) / 1000), seconds, 'waiting for the person')
  tell()
  const timer = setInterval(tell, TELL_MS)
  try {
    return await pending.wait(signal, started + seconds * 1000)
  } finally {
    clearInterval(timer)
  }
}

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
