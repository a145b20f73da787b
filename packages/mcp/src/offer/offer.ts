/** Owns what one server offers: some of the tools, each loaded when it is called. */
import type { Tool } from '../tool.ts'
import { chooseTools } from './choose-tools.ts'
import { listedOf, type ListedTool } from './listed-tool.ts'
import { listedTools } from './listed-tools.ts'

export interface Offer {
  readonly tools: readonly ListedTool[]
  /** Of a name that is among them. */
  load(name: string): Promise<Tool>
}

/** The tools of a profile, or those named one by one. Rejects with OPTION_INVALID. */
export const offerOf = async (wanted: string): Promise<Offer> => ({
  tools: chooseTools(await listedTools(), wanted),
  load: async (name) => (await import('../catalogue.ts')).toolNamed(name),
})

/** Tools that are there already. */
export const offerTools = (tools: readonly Tool[]): Offer => {
  const byName = new Map<string, Tool>(tools.map((tool) => [tool.name, tool]))
  return { tools: tools.map(listedOf), load: (name) => Promise.resolve(byName.get(name)!) }
}
