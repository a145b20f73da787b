/** Owns checking a site that is perfect but for what a test changes. */
import { LIMITS, type Limits } from '@towline/protocol'
import { agentCheck } from './agent-check.ts'
import { openSite, type Parts } from './perfect-site.fixture.ts'
import type { AgentCheck } from './report.ts'

export const checked = async (
  change?: (parts: Parts, origin: string) => void,
  limits?: Partial<Limits>,
): Promise<AgentCheck> => {
  await using site = await openSite(change)
  return await agentCheck(site.url, { limits: { ...LIMITS, ...limits } })
}
