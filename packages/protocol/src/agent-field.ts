/**
 * Owns the header field by which a call of an API says for which agent it is made: `name;thread=…;call=…`, each value
 * percent-encoded. A claim: it is recorded beside who the credential proves, and gives no right.
 */
import { LIMITS } from './limits.ts'
import { shown } from './shown.ts'

export const AGENT_FIELD = 'towline-agent'

/** For whom a call is made. */
export interface AgentClaim {
  readonly name: string
  readonly thread?: string | undefined
  /** The id of the tool call that made this one. */
  readonly call?: string | undefined
}

/** The value of the field; texts that are too long are cut as {@link shown} cuts them. */
export const writeAgentField = ({ name, thread, call }: AgentClaim): string =>
  [
    encodeURIComponent(shown(name)),
    ...(thread === undefined ? [] : [`thread=${encodeURIComponent(shown(thread))}`]),
    ...(call === undefined ? [] : [`call=${encodeURIComponent(shown(call))}`]),
  ].join(';')

/** `-_.!~*'()` and letters and digits stay as they are in `encodeURIComponent`. */
const FIELD = /^(?<name>[\w.!~*'()%-]+)(?:;thread=(?<thread>[\w.!~*'()%-]+))?(?:;call=(?<call>[\w.!~*'()%-]+))?$/

/** What a field claims, safe to show; undefined for one that is not of this form, or is there twice. Throws nothing. */
export const readAgentField = (text: string | undefined): AgentClaim | undefined => {
  if (text === undefined || text.length > LIMITS.agentFieldChars) return undefined
  const { name, thread, call } = FIELD.exec(text)?.groups ?? {}
  const decoded = { name: decode(name), thread: decode(thread), call: decode(call) }
  if (decoded.name === undefined) return undefined
  return {
    name: decoded.name,
    ...(decoded.thread !== undefined && { thread: decoded.thread }),
    ...(decoded.call !== undefined && { call: decoded.call }),
  }
}

const decode = (text: string | undefined): string | undefined => {
  try {
    return text && shown(decodeURIComponent(text))
  } catch {
    return undefined
  }
}
