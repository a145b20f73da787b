/** Owns how often somebody may try to sign in. */
import { rateKey } from '@towline/base'
import type { Context } from 'hono'
import type { SiteDeps, SiteEnv } from '../http/site-deps.ts'
import { senderOf } from './address-field.ts'

/** Guesses are counted by where they come from and by whom they try, so that neither many addresses nor many names help. */
export const countSignIn = (context: Context<SiteEnv>, { rate, limits }: SiteDeps, email: string): void => {
  rate.count(`sign-in ${rateKey(senderOf(context.req.raw))}`, limits.signInsPerMinute)
  if (email !== '') rate.count(`sign-in of ${email.slice(0, 256)}`, limits.signInsPerMinuteOfPerson)
}
