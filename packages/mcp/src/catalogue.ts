/** Owns the list of all tools; docs/reference/mcp-tools.md is generated from it. */
import { AppError } from '@towline/protocol'
import { PROFILES, type Profile, type Tool } from './tool.ts'
import { LOCAL_TOOLS } from './tools/local/local-tools.ts'
import { remoteMcpCall } from './tools/remote-mcp-call.ts'
import { remoteMcpDiscover } from './tools/remote-mcp-discover.ts'
import { remoteMcpTools } from './tools/remote-mcp-tools.ts'
import { REMOTE_TOOLS } from './tools/remote/remote-tools.ts'
import { runtimeStatus } from './tools/runtime-status.ts'

export const TOOLS: readonly Tool[] = [
  runtimeStatus,
  ...LOCAL_TOOLS,
  ...REMOTE_TOOLS,
  ...[remoteMcpDiscover, remoteMcpTools, remoteMcpCall],
]

/** The tools of a profile, or those named one by one. Throws OPTION_INVALID. */
export const toolsOf = (wanted: string): readonly Tool[] => {
  if (isProfile(wanted)) return TOOLS.filter(({ profile }) => PROFILES.indexOf(profile) <= PROFILES.indexOf(wanted))
  const names = wanted.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !TOOLS.some((tool) => tool.name === name))
  if (unknown === undefined) return TOOLS.filter(({ name }) => names.includes(name))
  const problem = `there is no tool "${unknown}"; give ${PROFILES.join(', ')}, or names of tools with commas between`
  throw new AppError('OPTION_INVALID', { option: '--profile', value: wanted, problem })
}

const isProfile = (text: string): text is Profile => (PROFILES as readonly string[]).includes(text)
