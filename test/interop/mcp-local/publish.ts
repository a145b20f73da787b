/** Owns publishing the tools of a workstation for a test; they end with the server they are published on. */
import { launch, type Running } from '../processes.ts'
import { type Towline, towline } from '../towline.ts'

const running = new Set<Running>()

/** Ends all that was published here. */
export const endPublished = async (): Promise<void> => {
  for (const one of running) await one.stop()
  running.clear()
}

/** `towline mcp publish`; answers its URL once it is online. */
export const publishTools = async ({ env }: Pick<Towline, 'env'>, ...words: readonly string[]): Promise<string> => {
  const published = launch(towline('mcp', 'publish', ...words, '-o', 'json'), { env })
  running.add(published)
  const [line] = await published.said(/^\{.*"status":"online".*\}$/m)
  return (JSON.parse(line) as { url: string }).url
}
