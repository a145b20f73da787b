/** Owns the tools that answer without a token: what there is on this server, how to use it, and how to log in. */
import type { McpDeps } from '../mcp-deps.ts'
import { docTools } from './doc-tools.ts'
import { apiTool, loginTool, statusTool } from './server-tools.ts'
import { skillTools } from './skill-tools.ts'
import { textsOf } from './texts.ts'
import type { Tool } from './tool.ts'

/** In the order of lists. */
export const discoveryTools = (deps: McpDeps): readonly Tool[] => {
  const texts = textsOf(deps)
  return [apiTool(deps), ...docTools(deps, texts), ...skillTools(deps, texts), statusTool(deps), loginTool(deps)]
}
