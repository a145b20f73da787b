/** Owns the rows about APIs: the catalog, the OpenAPI documents and the status that it names. */
import { broken, type Json, jsonOf, linksOf, listOf, objectOf, shownOf, stringOf, typeOf } from '../read-answer.ts'
import { fail, type Finding, skip, worst } from '../report.ts'
import type { SiteReader } from '../site-reader.ts'

const PATH = '/.well-known/api-catalog'
const TYPE = 'application/linkset+json'

export const apiCatalog = async (site: SiteReader): Promise<Finding> => {
  const answer = await site.get(PATH)
  const contexts = listOf(jsonOf(answer)?.['linkset'])
  if (answer.status !== 200 || typeOf(answer) !== TYPE) return fail(`${PATH} answers ${shownOf(answer)}`)
  if (contexts.length === 0) return fail('its linkset is empty')
  const failures = [...contexts.flatMap(contextFaults), ...(await broken(site, contexts.flatMap(hrefsOf)))]
  const head = await site.head(PATH)
  const told = head.status === 200 && linksOf(head).some(({ rels }) => rels.includes('api-catalog'))
  const warnings = [
    ...(told ? [] : ['HEAD does not answer a Link with rel="api-catalog"']),
    ...(answer.headers['content-type']?.includes('rfc9727')
      ? []
      : ['the type lacks profile="https://www.rfc-editor.org/info/rfc9727"']),
  ]
  return worst(failures, warnings, `${contexts.length} APIs`)
}

/** RFC 9264 §4.2: an anchor, and for each relation a list of targets. */
const contextFaults = (context: unknown): readonly string[] => {
  const found = objectOf(context)
  const anchor = stringOf(found?.['anchor'])
  if (!found || anchor === '') return ['an entry has no anchor']
  const wrong = relations(found).filter(
    ([, targets]) => !Array.isArray(targets) || targets.length === 0 || !targets.every(isTarget),
  )
  return wrong.map(([rel]) => `${rel} of ${anchor} is no list of {href}`)
}

const isTarget = (target: unknown): boolean => stringOf(objectOf(target)?.['href']) !== ''

const relations = (context: Json): readonly (readonly [string, unknown])[] =>
  Object.entries(context).filter(([key]) => key !== 'anchor')

const hrefsOf = (context: unknown, rel?: unknown): readonly string[] =>
  relations(objectOf(context) ?? {})
    .filter(([key]) => typeof rel !== 'string' || key === rel)
    .flatMap(([, targets]) => listOf(targets))
    .map((target) => stringOf(objectOf(target)?.['href']))
    .filter((href) => href !== '')

/** Targets of one relation, all APIs together. */
const targetsOf = async (site: SiteReader, rel: string): Promise<readonly string[]> => {
  const contexts = listOf(jsonOf(await site.get(PATH))?.['linkset'])
  return [...new Set(contexts.flatMap((context) => hrefsOf(context, rel)))]
}

/** Anchors of the catalog that are of this site. */
export const anchorsOf = async (site: SiteReader): Promise<readonly string[]> =>
  listOf(jsonOf(await site.get(PATH))?.['linkset'])
    .map((context) => stringOf(objectOf(context)?.['anchor']))
    .filter((anchor) => anchor !== '' && site.isOwn(anchor))
    .slice(0, site.limits.agentCheckItems)

export const openApi = async (site: SiteReader): Promise<Finding> => {
  const named = await targetsOf(site, 'service-desc')
  const linked = linksOf(await site.get('/'))
    .filter(({ rels }) => rels.includes('service-desc'))
    .map(({ href }) => href)
  const own = [...new Set(named.length > 0 ? named : linked.length > 0 ? linked : ['/openapi.json'])].filter((href) =>
    site.isOwn(href),
  )
  if (own.length === 0) return skip('every description is on another site')
  const failures: string[] = []
  for (const href of own.slice(0, site.limits.agentCheckItems)) {
    const answer = await site.get(href)
    const document = jsonOf(answer)
    if (!/^3\.\d/.test(stringOf(document?.['openapi'])))
      failures.push(`${href} is no OpenAPI 3 document (${shownOf(answer)})`)
    else if (Object.keys(objectOf(document?.['paths']) ?? {}).length === 0) failures.push(`${href} has no paths`)
  }
  return worst(failures, [], `${own.length} documents`)
}

export const status = async (site: SiteReader): Promise<Finding> => {
  const linked = linksOf(await site.get('/'))
    .filter(({ rels }) => rels.includes('status'))
    .map(({ href }) => href)
  const [href] = [...(await targetsOf(site, 'status')), ...linked]
  if (href === undefined) return fail('neither the catalog nor a Link names a status')
  if (!site.isOwn(href)) return skip('the status is on another site')
  const answer = await site.get(href)
  if (!/^application\/([a-z.-]+\+)?json$/.test(typeOf(answer))) return fail(`${href} answers ${shownOf(answer)}`)
  return worst([], answer.status === 200 ? [] : [`${href} answers ${answer.status}`], href)
}
