/** Owns whether a client can ask its person something for us. It says so itself; who cannot is asked elsewhere. */
import { CLIENT_CAPABILITIES_META_KEY, type McpServer, type ServerContext } from '@modelcontextprotocol/server'

export interface ClientAsks {
  /** Shows a question, and takes the answer. */
  readonly form: boolean
  /** Opens a page. */
  readonly url: boolean
}

/** Modern clients say it with each request, others when they connected; over stateless HTTP the latter have no way back. */
export const clientAsks = (
  { mcpReq }: ServerContext,
  { server, era }: { readonly server: McpServer; readonly era: 'legacy' | 'modern' },
): ClientAsks => {
  const told = (mcpReq.envelope as Readonly<Record<string, unknown>> | undefined)?.[CLIENT_CAPABILITIES_META_KEY]
  const capabilities = era === 'modern' ? told : server.server.getClientCapabilities()
  const { elicitation } = (capabilities ?? {}) as { readonly elicitation?: Readonly<Record<string, unknown>> }
  if (typeof elicitation !== 'object' || elicitation === null) return { form: false, url: false }
  // An empty capability means forms, as the first revision had nothing else.
  const empty = Object.keys(elicitation).length === 0
  return { form: empty || elicitation['form'] !== undefined, url: elicitation['url'] !== undefined }
}
