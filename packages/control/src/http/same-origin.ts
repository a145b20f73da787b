/** Owns refusing forms that another site sends: names of tunnels are same-site with ours, so cookies alone prove nothing. */
import { AppError } from '@towline/protocol'

/** Throws ORIGIN_REFUSED unless the browser says that one of our own pages sent it. */
export const requireSameOrigin = (headers: Headers, publicUrl: string): void => {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') throw new AppError('ORIGIN_REFUSED')
  // A page without a referrer policy of its own may send "null"; Sec-Fetch-Site has vouched for it then.
  const origin = headers.get('origin')
  if (origin === publicUrl || (origin === 'null' && site === 'same-origin')) return
  throw new AppError('ORIGIN_REFUSED')
}
