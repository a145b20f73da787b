/** Owns listing tools page by page: a client that asks for no further page has them all, as long as they fit on one. */
import { type ListToolsResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'

export type Definition = ListToolsResult['tools'][number]

/** Which tool a page begins with, so that nothing has to be kept. Throws -32602 for a cursor that was not handed out. */
export const listTools = (
  all: readonly Definition[],
  { cursor, most }: { readonly cursor: string | undefined; readonly most: number },
): ListToolsResult => {
  const from = cursor === undefined ? 0 : all.findIndex(({ name }) => name === cursor)
  if (from < 0) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'the cursor is unknown: list from the start')
  const next = all[from + most]
  return { tools: all.slice(from, from + most), ...(next && { nextCursor: next.name }) }
}
