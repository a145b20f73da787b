/** Owns the level of a site, 0 to 5, after the steps of isitagentready.com. */
import type { CheckRow } from './report.ts'

type Holds = (...ids: readonly string[]) => readonly string[]

const DOCUMENTS = ['api-catalog', 'agent-skills', 'mcp-card', 'a2a']

/** Each step also needs those before it. What a site does not have (an A2A agent, a bot) is not held against it. */
const STEPS: readonly ((met: Holds, applies: Holds) => boolean)[] = [
  (met) => met('robots', 'sitemap', 'links').length >= 2,
  (met) => met('ai-bots', 'content-signals').length === 2,
  (met) => met('markdown').length === 1,
  (met) => met(...DOCUMENTS).length >= 1,
  (met, applies) =>
    [
      met('web-bot-auth').length === 1,
      met(...DOCUMENTS).length === applies(...DOCUMENTS).length,
      met('protected-resource', 'authorization-server').length === 2 || met('auth-md').length === 1,
    ].filter(Boolean).length >= 2,
]

/** How many steps hold, from the first. A warning counts as held. */
export const levelOf = (rows: readonly CheckRow[]): number => {
  const which =
    (...statuses: readonly string[]): Holds =>
    (...ids) =>
      ids.filter((id) => rows.some((row) => row.id === id && statuses.includes(row.status)))
  const missed = STEPS.findIndex((step) => !step(which('pass', 'warn'), which('pass', 'warn', 'fail')))
  return missed === -1 ? STEPS.length : missed
}

export const TOP_LEVEL = STEPS.length
