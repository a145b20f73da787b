/** Owns the files that pages use: one style and one script, from our own origin. */
import type { Site } from '../http/site-deps.ts'
import { PASSKEY_SCRIPT } from './passkey-script.ts'
import { STYLE } from './style.ts'

const ASSETS = [
  ['/assets/forms.css', 'text/css; charset=utf-8', STYLE],
  ['/assets/passkey.js', 'text/javascript; charset=utf-8', PASSKEY_SCRIPT],
] as const

export const addAssets = (site: Site): void => {
  for (const [path, type, text] of ASSETS) {
    site.get(path, (context) =>
      context.body(text, 200, {
        'content-type': type,
        'cache-control': 'public, max-age=300',
        'x-content-type-options': 'nosniff',
      }),
    )
  }
}
