/** Owns the rows about agents' servers: the MCP server card, the live server, the AI catalog and A2A. */
import { broken, type Json, jsonOf, listOf, objectOf, parse, shownOf, stringOf, textOf } from '../read-answer.ts'
import { fail, type Finding, pass, skip, warn, worst } from '../report.ts'
import type { SiteReader } from '../site-reader.ts'

const CARD = '/.well-known/mcp/server-card.json'
const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json'
const NAME = /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/
const DESCRIPTION_CHARS = 100

/** The card, and the address of the endpoint it names. */
const cardOf = async (site: SiteReader): Promise<{ readonly card: Json; readonly url: string } | undefined> => {
  const card = jsonOf(await site.get(CARD)) ?? jsonOf(await site.get('/.well-known/mcp.json'))
  const remote = listOf(card?.['remotes'])
    .map(objectOf)
    .find((each) => each?.['type'] === 'streamable-http')
  return card && { card, url: stringOf(remote?.['url']) }
}

/** The MCP endpoint of this site; undefined when no card names one. */
export const endpointOf = async (site: SiteReader): Promise<string | undefined> => {
  const url = (await cardOf(site))?.url
  return url && site.isOwn(url) ? url : undefined
}

export const mcpCard = async (site: SiteReader): Promise<Finding> => {
  const found = await cardOf(site)
  if (!found) return fail(`${CARD} answers ${shownOf(await site.get(CARD))}`)
  const { card, url } = found
  const description = stringOf(card['description'])
  const failures = [
    ...(card['$schema'] === SCHEMA ? [] : [`$schema is not ${SCHEMA}`]),
    ...(NAME.test(stringOf(card['name'])) ? [] : ['name is not namespace/name']),
    ...(stringOf(card['version']) === '' ? ['there is no version'] : []),
    ...(description === '' || description.length > DESCRIPTION_CHARS
      ? [`description is not 1 to ${DESCRIPTION_CHARS} characters`]
      : []),
    ...(url === '' ? ['no remote of type streamable-http'] : []),
  ]
  const beside = url !== '' && site.isOwn(url) ? await site.get(`${url}/server-card`) : undefined
  const differs = beside?.status === 200 && JSON.stringify(jsonOf(beside)) !== JSON.stringify(card)
  if (differs) failures.push(`${url}/server-card says something else`)
  const warnings = beside && beside.status !== 200 ? [`${url}/server-card answers ${shownOf(beside)}`] : []
  return worst(failures, warnings, `${stringOf(card['name'])} ${stringOf(card['version'])}`)
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'towline-agent-check', version: '1' },
  },
}

/** The greeting of the older revisions, which servers of the newer one still answer; it changes nothing. */
export const mcpLive = async (site: SiteReader): Promise<Finding> => {
  const endpoint = await endpointOf(site)
  if (endpoint === undefined) return skip('no card names an endpoint of this site')
  const answer = await site.post(endpoint, INITIALIZE, { accept: 'application/json, text/event-stream' })
  if (answer.status === 401) return skip('the server greets nobody without a token')
  const info = objectOf(objectOf(messageOf(textOf(answer))?.['result'])?.['serverInfo'])
  if (!info) return fail(`${endpoint} does not answer initialize (${shownOf(answer)})`)
  const card = (await cardOf(site))?.card ?? {}
  const [name, version] = [stringOf(info['name']), stringOf(info['version'])]
  const agrees = stringOf(card['name']).endsWith(`/${name}`) && card['version'] === version
  if (agrees) return pass(`${name} ${version}, as its card says`)
  return fail(`the server is ${name} ${version}, its card says ${stringOf(card['name'])} ${stringOf(card['version'])}`)
}

/** JSON, or the first event of a stream. */
const messageOf = (text: string): Json | undefined => objectOf(parse(/^data: ?(.+)$/m.exec(text)?.[1] ?? text))

const CATALOG = '/.well-known/ai-catalog.json'

export const aiCatalog = async (site: SiteReader): Promise<Finding> => {
  const answer = await site.get(CATALOG)
  const catalog = jsonOf(answer)
  if (!catalog)
    return answer.status === 404 ? warn(`${CATALOG} is not there`) : fail(`${CATALOG} answers ${shownOf(answer)}`)
  const entries = listOf(catalog['entries']).map((entry) => objectOf(entry) ?? {})
  const wanted = ['identifier', 'displayName', 'url']
  const faults = entries.flatMap((entry) =>
    wanted.filter((key) => stringOf(entry[key]) === '').map((key) => `an entry has no ${key}`),
  )
  if (stringOf(catalog['specVersion']) === '') faults.push('there is no specVersion')
  const gone = await broken(
    site,
    entries.map((entry) => stringOf(entry['url'])),
  )
  return worst([...faults, ...gone], entries.length === 0 ? ['it has no entries'] : [], `${entries.length} entries`)
}

const AGENT_CARDS = ['/.well-known/agent-card.json', '/.well-known/agent.json']

export const a2a = async (site: SiteReader): Promise<Finding> => {
  for (const path of AGENT_CARDS) {
    const answer = await site.get(path)
    if (answer.status === 404) continue
    const card = jsonOf(answer)
    const missing = ['name', 'url', 'version'].filter((key) => stringOf(card?.[key]) === '')
    return card && missing.length === 0
      ? pass(path)
      : fail(`${path} answers ${shownOf(answer)} and lacks ${missing.join(', ')}`)
  }
  return skip('the site names no A2A agent of its own')
}
