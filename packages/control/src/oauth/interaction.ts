/** Owns the page between a request for a login and its answer: who approves, and what. */
import { AppError, shown } from '@towline/protocol'
import type { Context } from 'hono'
import type { default as Provider } from 'oidc-provider'
import type { SignedIn } from '../accounts/auth.ts'
import { readForm } from '../http/form.ts'
import { pageResponse, seeOther } from '../http/page-response.ts'
import { senderOf } from '../accounts/address-field.ts'
import { keep } from '../audit/keep.ts'
import type { Site, SiteDeps, SiteEnv } from '../http/site-deps.ts'
import { approvalPage } from '../pages/approval-page.ts'
import { approve, askedOf, askedPermissions } from './approve.ts'
import { hasBegun } from './beginner.ts'
import { FIXED_CLIENTS } from './clients.ts'
import { wordsOf } from './scopes.ts'

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Everything that is known when a person looks at or decides over a login. */
interface Case {
  readonly provider: Provider
  readonly interaction: Interaction
  readonly signedIn: SignedIn
}

export const addInteraction = (site: Site, deps: SiteDeps): void => {
  site.get('/interaction/:uid', async (context) => {
    const one = await open(context, deps)
    if (one instanceof Response) return one
    if (one.interaction.prompt.name === 'login') {
      return finish(context, one, { login: { accountId: one.signedIn.userId } })
    }
    const facts = await factsOf(one, context)
    const page = approvalPage({ ...facts, action: `/interaction/${one.interaction.uid}` })
    return pageResponse(await page, 200, redirectTargets(one.interaction))
  })
  site.post('/interaction/:uid', async (context) => {
    const form = await readForm(context, deps.publicUrl)
    const one = await open(context, deps)
    if (one instanceof Response) return one
    const { provider, interaction, signedIn } = one
    // A form that is sent twice is decided once.
    if (interaction.result?.consent) return seeOther(interaction.returnTo)
    const ticked = new Set(form.all('permission'))
    const asked = askedOf(interaction.prompt)
    const some = askedPermissions(asked).some((permission) => ticked.has(permission))
    if (interaction.prompt.name !== 'consent' || form.text('decision') !== 'allow' || !some) {
      const details = { clientId: String(interaction.params['client_id']), address: senderOf(context.req.raw) }
      const { userId } = signedIn
      await keep(deps.oauthDeps, {
        action: 'login.approve',
        decision: 'refused',
        code: 'APPROVAL_REFUSED',
        userId,
        details,
      })
      return finish(context, one, { error: 'access_denied', error_description: 'the person refused' })
    }
    const { device: name } = await factsOf(one, context)
    const clientId = String(interaction.params['client_id'])
    const decided = { userId: signedIn.userId, clientId, name, address: senderOf(context.req.raw), asked, ticked }
    const grantId = await approve(provider, deps.oauthDeps, decided)
    return finish(context, one, { consent: { grantId } })
  })
}

/** Answers a redirect when nobody is signed in. Throws INTERACTION_OVER or LOGIN_OTHER_PERSON. */
const open = async (context: Context<SiteEnv>, deps: SiteDeps): Promise<Case | Response> => {
  const provider = await deps.oauth()
  const { incoming, outgoing } = context.env
  const interaction = await provider.interactionDetails(incoming, outgoing).catch(() => {
    throw new AppError('INTERACTION_OVER')
  })
  // The cookie says which interaction it is; the path must say the same.
  if (interaction.uid !== context.req.param('uid')) throw new AppError('INTERACTION_OVER')
  const signedIn = await (await deps.auth()).signedIn(context.req.raw.headers)
  if (!signedIn) return seeOther(`/sign-in?return_to=${encodeURIComponent(pathOf(context))}`)
  if (!isOf(interaction, signedIn, context.req.query('by'))) throw new AppError('LOGIN_OTHER_PERSON')
  return { provider, interaction, signedIn }
}

/** Until the OAuth server has a session of its own, only the mark in the address tells who began. */
const isOf = ({ uid, session }: Interaction, { userId }: SignedIn, mark: string | undefined): boolean =>
  session?.accountId === undefined ? hasBegun(mark, uid, userId) : session.accountId === userId

const pathOf = ({ req }: Context<SiteEnv>): string => `${req.path}${new URL(req.url).search}`

const finish = async (
  { env }: Context<SiteEnv>,
  { provider, interaction }: Case,
  result: Parameters<Provider['interactionResult']>[2],
): Promise<Response> => {
  const mergeWithLastSubmission = interaction.prompt.name !== 'login'
  return seeOther(await provider.interactionResult(env.incoming, env.outgoing, result, { mergeWithLastSubmission }))
}

const factsOf = async ({ provider, interaction, signedIn }: Case, context: Context<SiteEnv>) => {
  const { params, prompt, deviceCode } = interaction
  const clientId = String(params['client_id'])
  const client = await provider.Client.find(clientId)
  const code = deviceCode === undefined ? undefined : await provider.DeviceCode.find(deviceCode)
  const info = code?.deviceInfo as { readonly ip?: string; readonly ua?: string } | undefined
  const named = params['towline_device']
  const device = typeof named === 'string' ? named : (info?.ua ?? redirectOf(params) ?? 'not named')
  return {
    client: shown(client?.clientName ?? clientId),
    clientIsKnown: FIXED_CLIENTS.some((one) => one.client_id === clientId),
    device: shown(device.slice(0, 128)),
    address: info?.ip ?? senderOf(context.req.raw),
    person: `${signedIn.name} (${signedIn.email})`,
    permissions: askedPermissions(askedOf(prompt)).map((name) => ({ name, words: wordsOf(name) })),
  }
}

const redirectOf = (params: Readonly<Record<string, unknown>>): string | undefined =>
  typeof params['redirect_uri'] === 'string' ? params['redirect_uri'] : undefined

/** Browsers hold where a form's answer leads to the page's policy, so the client's own address is named there. */
const redirectTargets = ({ params }: Interaction): readonly string[] => {
  const uri = redirectOf(params)
  return uri !== undefined && URL.canParse(uri) ? [new URL(uri).origin] : []
}
