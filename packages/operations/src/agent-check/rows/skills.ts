/** Owns the row about skills: the index, and that each digest is of the bytes that are served. */
import { createHash } from 'node:crypto'
import { type Json, jsonOf, listOf, objectOf, shownOf, stringOf, textOf } from '../read-answer.ts'
import { fail, type Finding, worst } from '../report.ts'
import type { SiteReader } from '../site-reader.ts'

const INDEX = '/.well-known/agent-skills/index.json'
const SCHEMA = 'https://schemas.agentskills.io/discovery/0.2.0/schema.json'
const NAME = /^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$/
const DESCRIPTION_CHARS = 1024

export const agentSkills = async (site: SiteReader): Promise<Finding> => {
  const answer = await site.get(INDEX)
  const index = jsonOf(answer)
  if (!index) return fail(`${INDEX} answers ${shownOf(answer)}`)
  if (index['$schema'] !== SCHEMA) return fail(`$schema is not ${SCHEMA}`)
  const skills = listOf(index['skills'])
  if (skills.length === 0) return fail('it lists no skill')
  const failures: string[] = []
  for (const skill of skills.slice(0, site.limits.agentCheckItems))
    failures.push(...(await faultsOf(site, objectOf(skill) ?? {})))
  return worst(failures, [], `${skills.length} skills, digests match`)
}

const faultsOf = async (site: SiteReader, skill: Json): Promise<readonly string[]> => {
  const [name, type, description] = ['name', 'type', 'description'].map((key) => stringOf(skill[key]))
  const [url, digest] = [stringOf(skill['url']), stringOf(skill['digest'])]
  if (!name || !NAME.test(name)) return [`"${name}" is no name of a skill`]
  if (type !== 'skill-md' && type !== 'archive') return [`${name} is of no known type`]
  if (!description || description.length > DESCRIPTION_CHARS)
    return [`${name} has no description of 1 to ${DESCRIPTION_CHARS} characters`]
  const answer = await site.get(resolved(url, `${site.origin}${INDEX}`))
  if (answer.status !== 200) return [`${name} answers ${shownOf(answer)}`]
  const real = `sha256:${createHash('sha256').update(answer.body).digest('hex')}`
  if (real !== digest) return [`${name} has another digest than its bytes`]
  const inside = nameIn(textOf(answer))
  return type === 'skill-md' && inside !== name ? [`${name} calls itself ${inside ?? 'nothing'}`] : []
}

const resolved = (url: string, base: string): string => (URL.canParse(url, base) ? new URL(url, base).href : url)

const FRONT_MATTER_LINES = 64

/** The name in the front matter. */
const nameIn = (text: string): string | undefined => {
  const [first, ...lines] = text.split('\n', FRONT_MATTER_LINES)
  const end = lines.indexOf('---')
  if (first !== '---' || end === -1) return undefined
  const line = lines.slice(0, end).find((each) => each.startsWith('name:'))
  return line
    ?.slice('name:'.length)
    .trim()
    .replace(/^"(.*)"$/, '$1')
}
