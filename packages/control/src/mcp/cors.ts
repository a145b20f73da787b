/** Owns what pages of other origins may see of the endpoint. Only a token counts here, and no page has one by itself. */

const ALLOWED_FIELDS = [
  ...['Authorization', 'Content-Type', 'MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name'],
  // Clients of the revisions before 2026-07-28.
  ...['Mcp-Session-Id', 'Last-Event-ID'],
]

const ALWAYS = { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' }

export const preflight = (): Response =>
  new Response(null, {
    status: 204,
    headers: {
      ...ALWAYS,
      'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
      'access-control-allow-headers': ALLOWED_FIELDS.join(', '),
      'access-control-max-age': '86400',
    },
  })

/** Clients in a page must be able to read where to log in. */
export const allowCrossOrigin = (response: Response): Response => {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(ALWAYS)) headers.set(name, value)
  headers.set('access-control-expose-headers', 'WWW-Authenticate, Towline-Request-Id, Retry-After')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  return new Response(response.body, { status: response.status, headers })
}
