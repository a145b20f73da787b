/** Owns answering with a page. */
import { securityHeaders } from './security-headers.ts'

const HTML = 'text/html; charset=utf-8'

/** `formTargets` are where the page's form may lead besides us. */
export const pageResponse = (page: string, status = 200, formTargets: readonly string[] = []): Response =>
  new Response(page, { status, headers: { ...securityHeaders(formTargets), 'content-type': HTML } })

/** The browser asks for the next page by GET. `headers` may set cookies. */
export const seeOther = (location: string, headers = new Headers()): Response => {
  const answer = new Headers({ 'cache-control': 'no-store', location })
  for (const cookie of headers.getSetCookie()) answer.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers: answer })
}
