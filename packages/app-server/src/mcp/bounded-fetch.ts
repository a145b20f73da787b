/** Owns fetching from a server that may never stop, or send elsewhere: too long an answer is broken off, and headers go to no other server. */
import { LIMITS } from '@towline/protocol'

/** `maxBytes` of one answer, whether it is a document or a stream of events. */
export const boundedFetch =
  (maxBytes: number): typeof fetch =>
  async (input, init) => {
    const response = await within(input, init)
    if (!response.body) return response
    let bytes = 0
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          bytes += chunk.length
          if (bytes > maxBytes) controller.error(new Error(`its answer is longer than ${maxBytes} bytes`))
          else controller.enqueue(chunk)
        },
      }),
    )
    const { status, statusText, headers } = response
    return new Response(counted, { status, statusText, headers })
  }

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** Only to the same server, as it was asked: `/mcp` is often `/mcp/`. */
const within: typeof fetch = async (input, init) => {
  let url = new URL(input instanceof Request ? input.url : String(input))
  for (let hop = 0; hop <= LIMITS.agentMcpRedirects; hop += 1) {
    const response = await fetch(hop === 0 ? input : url.href, { ...init, redirect: 'manual' })
    const location = response.headers.get('location')
    if (!REDIRECTS.has(response.status) || location === null) return response
    await response.body?.cancel().catch(() => undefined)
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined
    if (next?.origin !== url.origin) throw new Error('it sends to another server, which is not followed')
    url = next
  }
  throw new Error('it sends from one place to the next')
}
