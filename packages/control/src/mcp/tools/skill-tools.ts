/** Owns the tools that list and read skills. */
import { AppError } from '@towline/protocol'
import { z } from 'zod'
import { sha256 } from '../../discovery/document.ts'
import { type Skill, skillUrl } from '../../discovery/documents/skills.ts'
import type { McpDeps } from '../mcp-deps.ts'
import { partOf } from './answers.ts'
import { FIELDS, NO_INPUT, publicTool } from './public-tool.ts'
import type { Texts } from './texts.ts'
import type { Tool } from './tool.ts'

const { url, text, cursor, nextCursor } = FIELDS
const digest = z.string().describe('Of the whole text.')

export const skillTools = ({ publicUrl, limits }: McpDeps, texts: () => Promise<Texts>): readonly Tool[] => {
  const about = ({ name, text: whole }: Skill) => ({
    name,
    url: `${publicUrl}${skillUrl(name)}`,
    digest: `sha256:${sha256(Buffer.from(whole))}`,
  })
  return [
    publicTool({
      name: 'towline_skill_list',
      title: 'List skills',
      description: 'Instructions for agents that this server serves, with the digests to check them by.',
      input: NO_INPUT,
      output: z.strictObject({
        skills: z.array(z.strictObject({ name: z.string(), description: z.string(), url, digest })),
      }),
      run: async () => ({
        skills: (await texts()).skills.map((skill) => ({ ...about(skill), description: skill.description })),
      }),
    }),
    publicTool({
      name: 'towline_skill_read',
      title: 'Read a skill',
      description: 'The text of a skill, by its name. towline-setup is where to begin.',
      input: z.strictObject({ name: z.string().min(1).max(64), cursor }),
      output: z.strictObject({ name: z.string(), url, digest, text, nextCursor }),
      run: async ({ name, cursor: at }) => {
        const skill = (await texts()).skills.find((one) => one.name === name)
        if (!skill) throw new AppError('NOT_FOUND', { what: 'skill', id: name })
        return { ...about(skill), ...partOf(skill.text, at, limits) }
      },
    }),
  ]
}
