/** Owns how a request is refused before it is a call: HTTP status, and JSON-RPC for clients that look into it. */

export const rpcError = (
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response => Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers })
