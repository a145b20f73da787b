/** Owns one use of an MCP server of another machine by a command: opened, used, and closed whatever comes. */
import { Secret } from '@towline/base'
import { openRemoteMcp, type RemoteMcp } from '@towline/operations'
import type { Io } from '../io.ts'
import type { McpOptions } from '../mcp-options.ts'
import { AGENT } from '../version.ts'
import { connectionOf } from './connection.ts'
import { readSecretFile } from './secret-file.ts'

export const withRemoteMcp = async <T>(
  io: Io,
  { url, ...options }: McpOptions & { readonly url: string },
  use: (remote: RemoteMcp) => Promise<T>,
): Promise<T> => {
  const { path, tokenFile } = options
  const token = tokenFile === undefined ? undefined : new Secret(await readSecretFile(tokenFile, '--token-file'))
  const connection = await connectionOf(io, options)
  const remote = await openRemoteMcp({ connection, url, path, token, agent: AGENT, signal: io.signal })
  try {
    return await use(remote)
  } finally {
    await remote.close()
  }
}
