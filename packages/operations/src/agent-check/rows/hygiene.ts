/** Owns the rows about how documents are served: encryption, headers, CORS, caching, honest 404, bots of the site's own. */
import { randomBytes } from 'node:crypto'
import { isLoopback } from '@towline/base'
import { jsonOf, listOf, shownOf } from '../read-answer.ts'
import { fail, type Finding, pass, skip, worst } from '../report.ts'
import type { SiteReader } from '../site-reader.ts'

export const https = async (site: SiteReader): Promise<Finding> => {
  if (site.origin.startsWith('https:')) return pass('TLS')
  const { address = '' } = await site.get('/')
  return isLoopback(address.replace('::ffff:', ''))
    ? skip('plain HTTP within this machine')
    : fail('plain HTTP over a network')
}

export const securityHeaders = async (site: SiteReader): Promise<Finding> => {
  const { headers } = await site.get('/')
  const wanted = ['x-content-type-options', 'content-security-policy', 'referrer-policy']
  const missing = wanted.filter((name) => headers[name] === undefined).map((name) => `no ${name}`)
  return missing.length === wanted.length ? fail(missing.join('; ')) : worst([], missing, wanted.join(', '))
}

/** Documents that other origins' pages and caches read. */
const DOCUMENTS = [
  '/.well-known/api-catalog',
  '/.well-known/agent-skills/index.json',
  '/.well-known/mcp/server-card.json',
  '/.well-known/oauth-protected-resource',
]

const present = async (site: SiteReader) => {
  const answers = []
  for (const path of DOCUMENTS) answers.push([path, await site.get(path)] as const)
  return answers.filter(([, { status }]) => status === 200)
}

export const cors = async (site: SiteReader): Promise<Finding> => {
  const found = await present(site)
  if (found.length === 0) return skip('there is no document to read')
  const closed = found.filter(([, { headers }]) => headers['access-control-allow-origin'] !== '*')
  return worst(
    closed.map(([path]) => `${path} has no Access-Control-Allow-Origin: *`),
    [],
    `${found.length} documents are open`,
  )
}

export const caching = async (site: SiteReader): Promise<Finding> => {
  const found = await present(site)
  if (found.length === 0) return skip('there is no document to read')
  const [failures, warnings]: [string[], string[]] = [[], []]
  for (const [path, { headers }] of found) {
    const { etag } = headers
    if (etag === undefined) warnings.push(`${path} has no ETag`)
    else if ((await site.get(path, { 'if-none-match': etag })).status !== 304)
      failures.push(`${path} ignores If-None-Match`)
    if (headers['cache-control'] === undefined) warnings.push(`${path} has no Cache-Control`)
  }
  return worst(failures, warnings, `${found.length} documents are sent once`)
}

export const notFound = async (site: SiteReader): Promise<Finding> => {
  const path = `/.well-known/${randomBytes(8).toString('hex')}`
  const answer = await site.get(path)
  return answer.status === 404 ? pass('404') : fail(`${path}, which cannot exist, answers ${shownOf(answer)}`)
}

const DIRECTORY = '/.well-known/http-message-signatures-directory'

export const webBotAuth = async (site: SiteReader): Promise<Finding> => {
  const answer = await site.get(DIRECTORY)
  if (answer.status === 404) return skip('the site names no bot of its own')
  const keys = listOf(jsonOf(answer)?.['keys'])
  return keys.length > 0 ? pass(`${keys.length} keys`) : fail(`${DIRECTORY} answers ${shownOf(answer)} without keys`)
}
