/** Owns the paths that the session library answers itself: passkeys, and coming back from a provider. */
import { rateKey } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { Context } from 'hono'
import { type Happening, keep } from '../audit/keep.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import type { Site, SiteDeps, SiteEnv } from '../http/site-deps.ts'
import { senderOf } from './address-field.ts'
import type { Auth, SignedIn } from './auth.ts'
import { countSignIn } from './count-sign-in.ts'
import { type Door, DOORS } from './doors.ts'

export const addLibrary = (site: Site, deps: SiteDeps): void => {
  site.all('/api/auth/*', async (context) => {
    const { path, method, raw } = context.req
    const door = DOORS.find((one) => one.path.test(path))
    if (!door) throw new AppError('NOT_FOUND', { what: 'path', id: path.slice(0, 128) })
    if (method !== 'GET') requireSameOrigin(raw.headers, deps.publicUrl)
    if (door.way === 'passkey') countSignIn(context, deps, '')
    deps.rate.count(`library ${rateKey(senderOf(context.req.raw))}`, deps.limits.passkeyCallsPerMinute)
    const auth = await deps.auth()
    const before = door.action && (await auth.signedIn(raw.headers))
    const answer = await auth.handle(raw)
    if (door.action !== undefined) await keepPassage(deps, context, { door, auth, before: before || undefined, answer })
    if (await isUnverified(answer))
      throw new AppError('REQUEST_INVALID', { problem: 'the passkey does not prove itself' })
    return sealed(answer)
  })
}

/** The library takes a passkey that does not fit for a fault of its own. */
const isUnverified = async (answer: Response): Promise<boolean> =>
  answer.status === 500 && (await answer.clone().text()).includes('FAILED_TO_VERIFY_REGISTRATION')

interface Passage {
  readonly door: Door
  readonly auth: Auth
  /** Who was signed in before it. */
  readonly before: SignedIn | undefined
  readonly answer: Response
}

const keepPassage = async (
  deps: SiteDeps,
  context: Context<SiteEnv>,
  { door, auth, before, answer }: Passage,
): Promise<void> => {
  const { action = 'account.sign-in', way } = door
  const after = way === undefined ? before : await auth.signedIn(cookiesOf(answer))
  const passed = answer.status < 400 && after !== undefined
  if (passed && way !== undefined && before) await auth.endSession(context.req.raw.headers, before.sessionId)
  const details = { address: senderOf(context.req.raw), ...(way !== undefined && { way }) }
  const who = after && { userId: after.userId }
  const outcome: Happening = passed
    ? { action, decision: 'allowed' }
    : { action, decision: 'refused', code: way === undefined ? 'REQUEST_INVALID' : 'SIGN_IN_REFUSED' }
  await keep(deps.oauthDeps, { ...outcome, ...who, details })
}

/** The session that an answer begins, as the browser would show it. */
const cookiesOf = ({ headers }: Response): Headers => {
  const pairs = headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0])
  return new Headers(pairs.length > 0 ? { cookie: pairs.join('; ') } : {})
}

/** What it answers is for this browser, and no page. */
const sealed = (answer: Response): Response => {
  const headers = new Headers(answer.headers)
  headers.set('cache-control', 'no-store')
  headers.set('x-content-type-options', 'nosniff')
  return new Response(answer.body, { status: answer.status, headers })
}
