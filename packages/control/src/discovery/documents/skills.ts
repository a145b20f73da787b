/** Owns /.well-known/agent-skills: the index (Agent Skills Discovery 0.2.0) and the skills, byte for byte what it digests. */
import { documentOf, jsonDocument, type SiteDocument, sha256 } from '../document.ts'
import { readFrontMatter } from '../pages/markdown-text.ts'
import type { SiteFile } from '../site.ts'

/** A skill as the repository holds it. */
export interface Skill {
  readonly name: string
  readonly description: string
  readonly text: string
}

const ROOT = '/.well-known/agent-skills'
/** An opaque id: clients refuse an index with another one. */
const SCHEMA = 'https://schemas.agentskills.io/discovery/0.2.0/schema.json'

/** Skills of the files `skills/<name>/SKILL.md`. */
export const skillsOf = (files: readonly SiteFile[]): readonly Skill[] =>
  files.flatMap(({ path, text }) => {
    const name = /^skills\/([^/]+)\/SKILL\.md$/.exec(path)?.[1]
    if (name === undefined) return []
    return [{ name, description: readFrontMatter(text).fields['description'] ?? '', text }]
  })

/** The index and every skill, by path. */
export const skillDocuments = (skills: readonly Skill[]): ReadonlyMap<string, SiteDocument> =>
  new Map([
    [`${ROOT}/index.json`, jsonDocument(skillsIndex(skills))],
    ...skills.map(({ name, text }) => [skillUrl(name), documentOf(text, 'text/markdown; charset=utf-8')] as const),
  ])

const skillsIndex = (skills: readonly Skill[]): object => ({
  $schema: SCHEMA,
  skills: skills.map(({ name, description, text }) => ({
    name,
    type: 'skill-md',
    description,
    url: skillUrl(name),
    digest: `sha256:${sha256(Buffer.from(text))}`,
  })),
})

/** Path of a skill. */
export const skillUrl = (name: string): string => `${ROOT}/${name}/SKILL.md`
