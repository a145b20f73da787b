/** Owns signing in and out in the browser. */
import { rateKey } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { Context } from 'hono'
import { readForm, safeReturn } from '../http/form.ts'
import { pageResponse, seeOther } from '../http/page-response.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import type { Site, SiteDeps, SiteEnv } from '../http/site-deps.ts'
import { signInPage } from '../pages/sign-in-page.ts'
import { senderOf } from './address-field.ts'
import { hasPasskeys } from './passkeys.ts'

/** Of better-auth's own paths, those that passkeys and providers need. The rest would be doors nobody watches. */
const LIBRARY_PATHS = [/^\/api\/auth\/passkey\/[a-z-]+$/, /^\/api\/auth\/callback\/[\w-]+$/]

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
    const answer = await (await deps.auth()).signOut(context.req.raw.headers)
    return seeOther('/sign-in', answer.headers)
  })
  site.all('/api/auth/*', async (context) => {
    const { path, method, raw } = context.req
    if (!LIBRARY_PATHS.some((one) => one.test(path)))
      throw new AppError('NOT_FOUND', { what: 'path', id: path.slice(0, 128) })
    if (method !== 'GET') requireSameOrigin(raw.headers, publicUrl)
    if (path.includes('verify-authentication')) countSignIn(context, deps, '')
    return (await deps.auth()).handle(raw)
  })
}

/** Guesses are counted by where they come from and by whom they try, so that neither many addresses nor many names help. */
const countSignIn = ({ req }: Context<SiteEnv>, { rate, limits }: SiteDeps, email: string): void => {
  rate.count(`sign-in ${rateKey(senderOf(req.raw))}`, limits.signInsPerMinute)
  if (email !== '') rate.count(`sign-in of ${email.slice(0, 256)}`, limits.signInsPerMinuteOfPerson)
}

const page = (
  { publicUrl, providers }: SiteDeps,
  shown: { readonly returnTo: string; readonly email: string; readonly problem: string | undefined },
): Promise<string> => signInPage({ ...shown, passkeys: hasPasskeys(publicUrl), providers })
