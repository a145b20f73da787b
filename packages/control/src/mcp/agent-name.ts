/** Owns what an agent is called in the audit trail: as it names itself, else the client of its login. */
import { CLIENT_INFO_META_KEY, type ServerContext } from '@modelcontextprotocol/server'
import { shown } from '@towline/protocol'
import type { Caller } from '../api/caller.ts'

/** Clients before 2026-07-28 tell their name at `initialize` only, which leaves nothing here; their User-Agent stays. */
export const agentName = ({ mcpReq, http }: ServerContext, caller: Caller): string | undefined => {
  const { name } = ((mcpReq.envelope as Record<string, unknown> | undefined)?.[CLIENT_INFO_META_KEY] ?? {}) as {
    name?: unknown
  }
  if (typeof name === 'string' && name !== '') return shown(name)
  if (caller.agent !== undefined) return caller.agent
  const product = http?.req?.headers.get('user-agent')?.split(/[\s/]/, 1)[0]
  return product ? shown(product) : undefined
}
