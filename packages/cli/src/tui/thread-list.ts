/** Owns which threads a person is shown, and which is the last: all but those of agents that agents began. */
import type { AppClient } from '@towline/app-server'
import type { Thread } from '@towline/protocol'

/** Without them a server leaves out what was begun without a person, such as by "towline exec". */
const SOURCES = ['cli', 'vscode', 'exec', 'appServer']

export interface ThreadChoice {
  /** Of this folder only. */
  readonly cwd?: string | undefined
  readonly limit: number
}

/** Newest first. Rejects as requests do. */
export const listThreads = async (client: AppClient, { cwd, limit }: ThreadChoice): Promise<readonly Thread[]> => {
  const params = { limit, sortKey: 'updated_at', sourceKinds: SOURCES, ...(cwd !== undefined && { cwd }) }
  return (await client.request<{ readonly data: readonly Thread[] }>('thread/list', params, { repeat: true })).data
}
