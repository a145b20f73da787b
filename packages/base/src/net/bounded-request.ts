/** Owns holding the body of a request to a bound, however the request says how long it is. */

/**
 * The request with its whole body, or undefined when that is longer. Not by hono's body-limit: it derives a Request from
 * the one that Node's server hands over, which is none to the platform's constructor, and fails without a Content-Length.
 */
export const boundedRequest = async (request: Request, limit: number): Promise<Request | undefined> => {
  if (request.method === 'GET' || request.method === 'HEAD' || !request.body) return request
  if (Number(request.headers.get('content-length') ?? 0) > limit) return undefined
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.length
    if (bytes > limit) return undefined
    parts.push(part)
  }
  const { method, headers, signal } = request
  return new Request(request.url, { method, headers, signal, ...(bytes > 0 && { body: Buffer.concat(parts) }) })
}
