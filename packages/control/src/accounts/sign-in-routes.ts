/** Owns signing in and out in the browser. */
import { AppError } from '@towline/protocol'
import { keep } from '../audit/keep.ts'
import { readForm, safeReturn } from '../http/form.ts'
import { pageResponse, seeOther } from '../http/page-response.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import type { Site, SiteDeps } from '../http/site-deps.ts'
import { signInPage } from '../pages/sign-in-page.ts'
import { findUserByEmail } from '../user/user-store.ts'
import { senderOf } from './address-field.ts'
import { countSignIn } from './count-sign-in.ts'
import { hasPasskeys } from './passkeys.ts'

export const addSignIn = (site: Site, deps: SiteDeps): void => {
  const { publicUrl } = deps
  site.get('/sign-in', async (context) => {
    const returnTo = safeReturn(context.req.query('return_to'), publicUrl)
    if (await (await deps.auth()).signedIn(context.req.raw.headers)) return seeOther(returnTo)
    const problem = context.req.query('error') === undefined ? undefined : new AppError('SIGN_IN_REFUSED').message
    return pageResponse(await page(deps, { returnTo, email: '', problem }))
  })
  site.post('/sign-in', async (context) => {
    const form = await readForm(context, publicUrl)
    const [returnTo, email] = [safeReturn(form.text('return_to'), publicUrl), form.text('email').trim().toLowerCase()]
    countSignIn(context, deps, email)
    const { headers } = context.req.raw
    const answer = await (await deps.auth()).signIn(headers, { email, password: form.text('password') })
    const about = { ...(await aboutOf(deps, email)), details: { way: 'password', address: senderOf(context.req.raw) } }
    const outcome = answer
      ? { decision: 'allowed' as const }
      : { decision: 'refused' as const, code: 'SIGN_IN_REFUSED' }
    await keep(deps.oauthDeps, { action: 'account.sign-in', ...outcome, ...about })
    if (answer) return seeOther(returnTo, answer.headers)
    return pageResponse(await page(deps, { returnTo, email, problem: new AppError('SIGN_IN_REFUSED').message }), 401)
  })
  site.post('/sign-in/with', async (context) => {
    const form = await readForm(context, publicUrl)
    countSignIn(context, deps, '')
    const callbackUrl = safeReturn(form.text('return_to'), publicUrl)
    const answer = await (await deps.auth()).signInWith(context.req.raw.headers, form.text('provider'), callbackUrl)
    return seeOther(answer.url, answer.headers)
  })
  site.post('/sign-out', async (context) => {
    requireSameOrigin(context.req.raw.headers, publicUrl)
    const { headers } = context.req.raw
    const auth = await deps.auth()
    const signedIn = await auth.signedIn(headers)
    const answer = await auth.signOut(headers)
    const details = { address: senderOf(context.req.raw) }
    if (signedIn)
      await keep(deps.oauthDeps, { action: 'account.sign-out', decision: 'allowed', userId: signedIn.userId, details })
    return seeOther('/sign-in', answer.headers)
  })
}

/** Whom an attempt was about, as far as there is such a person: what else is typed there may be a password. */
const aboutOf = async ({ db }: SiteDeps, email: string) => {
  const found = await findUserByEmail(db, email)
  return found && { userId: found.id, target: found.email }
}

const page = (
  { publicUrl, providers }: SiteDeps,
  shown: { readonly returnTo: string; readonly email: string; readonly problem: string | undefined },
): Promise<string> => signInPage({ ...shown, passkeys: hasPasskeys(publicUrl), providers })
