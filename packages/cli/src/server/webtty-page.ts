/** Owns the page that a WebTTY server shows to browsers. */
import type { RequestListener } from 'node:http'
import { pageListener } from '@towline/webtty'

/** Answers the page, or undefined where it was not built in. Its text is loaded only now. */
export const webttyPage = async (): Promise<RequestListener | undefined> => {
  const { webttyPageText } = await import('./webtty-page-text.ts')
  return webttyPageText === undefined ? undefined : pageListener(webttyPageText)
}
