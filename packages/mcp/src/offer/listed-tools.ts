/**
 * Owns the list of all tools as clients are told of them. The bundle has it rendered, in the place of this file: a server that
 * starts, or is asked what it has, loads none of the tools.
 */
import { listedOf, type ListedTool } from './listed-tool.ts'

export const listedTools = async (): Promise<readonly ListedTool[]> =>
  (await import('../catalogue.ts')).TOOLS.map(listedOf)
