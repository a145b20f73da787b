/** Owns the page of one-time links. */
import { rateKey } from '@towline/base'
import { AppError } from '@towline/protocol'
import { keep } from '../audit/keep.ts'
import { readForm } from '../http/form.ts'
import { pageResponse, seeOther } from '../http/page-response.ts'
import type { Site, SiteDeps } from '../http/site-deps.ts'
import { secondsOf } from '../oauth/oauth-deps.ts'
import { setupPage, type SetupPage } from '../pages/setup-page.ts'
import { senderOf } from './address-field.ts'
import { settle } from './settle.ts'
import { readSetupToken } from './setup-link.ts'

export const addSetup = (site: Site, deps: SiteDeps): void => {
  const { limits, publicUrl, rate } = deps
  site.use('/setup/*', async ({ req }, next) => {
    rate.count(`setup ${rateKey(senderOf(req.raw))}`, limits.setupLinksPerMinute)
    await next()
  })
  site.get('/setup/:token', async (context) => pageResponse(await page(deps, context.req.param('token'))))
  site.post('/setup/:token', async (context) => {
    const form = await readForm(context, publicUrl)
    const [token, name, password] = [context.req.param('token'), form.text('name'), form.text('password')]
    const details = { address: senderOf(context.req.raw) }
    try {
      const auth = await deps.auth()
      const clock = { db: deps.db, now: secondsOf(deps) }
      const person = await settle({ ...clock, auth, limits }, { token, email: form.text('email'), name, password })
      const { id: userId, email } = person
      await keep(deps.oauthDeps, { action: 'account.setup', decision: 'allowed', userId, target: email, details })
      const answer = await auth.signIn(context.req.raw.headers, { email, password })
      return seeOther('/account', answer?.headers)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      await keep(deps.oauthDeps, { action: 'account.setup', decision: 'refused', code: error.code, details })
      if (error.code !== 'OPTION_INVALID') throw error
      return pageResponse(await page(deps, token, { email: form.text('email'), name, problem: error.message }), 400)
    }
  })
}

type Shown = Pick<SetupPage, 'email' | 'name' | 'problem'>

/** Throws SETUP_LINK_INVALID. */
const page = async (deps: SiteDeps, token: string, again?: Shown): Promise<string> => {
  const { db, limits } = deps
  const { userId } = await readSetupToken({ db, now: secondsOf(deps) }, token, limits.setupLinkSeconds)
  const known =
    userId === undefined
      ? undefined
      : await db.selectFrom('users').select(['email', 'name']).where('id', '=', userId).executeTakeFirst()
  const { passwordCharsMin } = limits
  const shown = { email: '', name: '', problem: undefined, ...again, ...known }
  return setupPage({ ...shown, action: `/setup/${token}`, fixed: known !== undefined, passwordCharsMin })
}
