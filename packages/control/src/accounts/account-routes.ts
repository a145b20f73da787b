/** Owns the page where a person sees and ends sessions and logins. */
import { AppError } from '@towline/protocol'
import { keep } from '../audit/keep.ts'
import { listCredentials } from '../credential/credential-store.ts'
import { readForm } from '../http/form.ts'
import { pageResponse, seeOther } from '../http/page-response.ts'
import type { Site, SiteDeps } from '../http/site-deps.ts'
import { secondsOf } from '../oauth/oauth-deps.ts'
import { accountPage } from '../pages/account-page.ts'
import { senderOf } from './address-field.ts'
import type { SignedIn } from './auth.ts'
import { hasPasskeys } from './passkeys.ts'

export const addAccount = (site: Site, deps: SiteDeps): void => {
  const { publicUrl } = deps
  site.get('/account', async (context) => {
    const { headers } = context.req.raw
    const signedIn = await (await deps.auth()).signedIn(headers)
    if (!signedIn) return seeOther('/sign-in?return_to=%2Faccount')
    return pageResponse(await page(deps, headers, signedIn))
  })
  site.post('/account/sessions/end', async (context) => {
    const form = await readForm(context, publicUrl)
    const { headers } = context.req.raw
    const auth = await deps.auth()
    const signedIn = await auth.signedIn(headers)
    const id = form.text('id')
    if (signedIn && (await auth.endSession(headers, id))) {
      const about = { userId: signedIn.userId, target: id, details: { address: senderOf(context.req.raw) } }
      await keep(deps.oauthDeps, { action: 'account.session.end', decision: 'allowed', ...about })
    }
    return seeOther('/account')
  })
  site.post('/account/logins/end', async (context) => {
    const form = await readForm(context, publicUrl)
    const signedIn = await (await deps.auth()).signedIn(context.req.raw.headers)
    if (!signedIn) throw new AppError('UNAUTHENTICATED')
    const own = await loginsOf(deps, signedIn.userId)
    const login = own.find(({ id }) => id === form.text('id'))
    if (login) {
      await deps.oauthDeps.revokeCredential(login.id)
      const about = { userId: signedIn.userId, target: login.id, details: { address: senderOf(context.req.raw) } }
      await keep(deps.oauthDeps, { action: 'login.end', decision: 'allowed', ...about })
    }
    return seeOther('/account')
  })
}

const LOGINS_SHOWN = 100

const loginsOf = async (deps: SiteDeps, userId: string) => {
  const query = { userId, kinds: ['login'], goodAt: secondsOf(deps), limit: LOGINS_SHOWN } as const
  return (await listCredentials(deps.db, query)).items
}

const page = async (deps: SiteDeps, headers: Headers, signedIn: SignedIn): Promise<string> => {
  const sessions = await (await deps.auth()).sessions(headers)
  const logins = await loginsOf(deps, signedIn.userId)
  return accountPage({
    person: `${signedIn.name} (${signedIn.email})`,
    passkeys: hasPasskeys(deps.publicUrl),
    sessions: sessions.map(({ id, createdAt, address, agent }) => ({
      id,
      since: createdAt,
      address,
      agent,
      current: id === signedIn.sessionId,
    })),
    logins: logins.map(({ id, clientId, name, createdAt, permissions }) => ({
      id,
      client: clientId ?? '',
      name: name ?? '',
      since: createdAt,
      permissions,
    })),
  })
}
