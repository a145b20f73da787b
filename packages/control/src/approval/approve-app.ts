/**
 * Owns the page where a person allows or refuses what an agent asked for. It goes by the session of a browser, never by a
 * token, so no agent can allow anything to itself.
 */
import { AppError } from '@towline/protocol'
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { ApiDeps } from '../api/api-deps.ts'
import { keep } from '../audit/keep.ts'
import { pageResponse, seeOther } from '../http/page-response.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { layout, type Markup } from '../pages/layout.ts'
import type { SignedIn } from '../payment/checkout-pages.ts'
import { type Approval, decideApproval, findApproval } from './approval-store.ts'
import { type Question, questionFor } from './question.ts'

export interface ApproveDeps extends Pick<ApiDeps, 'db' | 'audit' | 'clock' | 'limits' | 'publicUrl'> {
  readonly signedIn: SignedIn
}

/** `/approve/{id}`, for the site of people; what it throws is for the site to show. */
export const approveApp = (deps: ApproveDeps): Hono => {
  const app = new Hono()
  app.get('/approve/:id', async (context) => {
    const person = await deps.signedIn(context.req.raw.headers)
    if (!person) return signIn(context)
    return await show(bodyOf(await asked(context, deps, person.userId)))
  })
  app.post('/approve/:id', async (context) => {
    requireSameOrigin(context.req.raw.headers, deps.publicUrl)
    const person = await deps.signedIn(context.req.raw.headers)
    if (!person) return signIn(context)
    const approval = await asked(context, deps, person.userId).catch((error: unknown) =>
      refuseDecision(deps, { error, id: context.req.param('id'), userId: person.userId }),
    )
    const decision = new URLSearchParams(await context.req.text()).get('decision')
    if (decision !== 'allow' && decision !== 'refuse')
      throw new AppError('REQUEST_INVALID', { problem: 'the form names no decision' })
    const status = decision === 'allow' ? 'approved' : 'refused'
    await decide(deps, approval, { status, by: person.userId })
    return await show(bodyOf(await asked(context, deps, person.userId)))
  })
  return app
}

/** What this person may decide; to others it is not there. Throws NOT_FOUND. */
const asked = async (context: Context, deps: ApproveDeps, userId: string): Promise<Question> => {
  const id = context.req.param('id') ?? ''
  const question = await questionFor(deps.db, await findApproval(deps.db, id, seconds(deps)), userId)
  if (!question) throw new AppError('NOT_FOUND', { what: 'approval', id: id.slice(0, 64) })
  return question
}

const decide = async (
  deps: ApproveDeps,
  { approval }: Question,
  { status, by }: { readonly status: 'approved' | 'refused'; readonly by: string },
): Promise<void> => {
  if (!(await decideApproval(deps.db, approval.id, { status, by, now: seconds(deps) }))) return
  await keep(deps, {
    action: status === 'approved' ? 'approvals.allow' : 'approvals.refuse',
    decision: 'allowed',
    target: approval.id,
    userId: by,
    ...(approval.workspaceId !== null && { workspaceId: approval.workspaceId }),
    ...(approval.agent !== null && approval.told && { agent: approval.agent }),
    ...(approval.told && { tool: approval.told.tool }),
    ...(approval.told?.thread != null && { thread: approval.told.thread }),
    details: {
      ...{ op: approval.op, credentialId: approval.credentialId, agent: approval.agent },
      ...(approval.told && { argumentsHash: approval.fingerprint }),
    },
  })
}

interface RefusedDecision {
  readonly error: unknown
  readonly id: string
  readonly userId: string
}

/** Whoever tries to decide what is not theirs is kept in mind. */
const refuseDecision = async (deps: ApproveDeps, { error, id, userId }: RefusedDecision): Promise<never> => {
  if (error instanceof AppError) {
    await keep(deps, { action: 'approvals.allow', decision: 'refused', code: error.code, userId, target: id })
  }
  throw error
}

const STATES: Readonly<Record<Exclude<Approval['status'], 'pending'>, string>> = {
  approved: 'Allowed. Tell the agent to go on.',
  refused: 'Refused.',
  used: 'Allowed and done.',
}

const bodyOf = ({ approval, what, meaning, facts }: Question): Markup => html`<p class="asked">${what}</p>
<dl>
${facts.map(
  ([name, value, how]) => html`<dt>${name}</dt><dd>${value}${how && html` <em>(the name it gave itself)</em>`}</dd>
`,
)}</dl>
<p>${meaning}</p>
<pre>${approval.request}</pre>
${
  approval.status === 'pending'
    ? html`<form method="post" action="/approve/${approval.id}">
<button type="submit" name="decision" value="allow">Allow once</button>
<button type="submit" name="decision" value="refuse" class="quiet">Refuse</button>
</form>
<p class="note">Only allow what you asked the agent to do. Nothing happens until it calls again.</p>`
    : html`<p>${STATES[approval.status]}</p>`
}`

const show = async (body: Markup): Promise<Response> =>
  pageResponse(await layout({ title: 'What an agent asks for', body }))

const signIn = ({ req }: Context): Response => seeOther(`/sign-in?return_to=${encodeURIComponent(req.path)}`)

const seconds = ({ clock }: ApproveDeps): number => Math.floor(clock() / 1000)
