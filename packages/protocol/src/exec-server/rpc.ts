/** Owns the dialect of JSON-RPC that Codex speaks: without "jsonrpc", one message a line or WebSocket text frame. */

export type RpcId = number | string

export interface RpcFault {
  readonly code: number
  readonly message: string
  readonly data?: object
}

export type RpcAnswer =
  | { readonly id: RpcId | null; readonly result: object }
  | { readonly id: RpcId | null; readonly error: RpcFault }

/** Codes that clients of an exec-server or app-server tell apart. */
export const RPC_CODE = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Nothing was done; the same may be asked again. */
  overloaded: -32001,
  notFound: -32004,
  /** The session has a connection already. */
  attached: -32010,
} as const
