/** Owns how a request is refused before it is a call: HTTP status, and JSON-RPC for clients that look into it. */

export interface Refused {
  readonly status: number
  /** Of JSON-RPC. */
  readonly code: number
  readonly message: string
}

export const rpcError = (
  { status, code, message }: Refused,
  headers: Readonly<Record<string, string>> = {},
): Response => Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers })
