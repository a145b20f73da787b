/** Face of the protocol room: everything two Towline processes must agree on. */
export * from './agent-call.ts'
export * from './agent-field.ts'
export { AGENT_LABELS, agentLabels, type AgentOrigin } from './agent-labels.ts'
export * from './authority.ts'
export * from './channel.ts'
export { copyOf } from './copy-of.ts'
export type * from './control-api.ts'
export * from './errors.ts'
export * from './events.ts'
export * from './limits.ts'
export * from './link/messages.ts'
export { MCP_LABELS, mcpLabels, readMcpPath } from './mcp-labels.ts'
export * from './permissions.ts'
export type * from './permissions/boundary.ts'
export { permissionsFor, useCasePermissions } from './permissions/by-use-case.ts'
export {
  type Ask,
  common,
  compileBoundary,
  type CompiledBoundary,
  type Reach,
  type Target,
} from './permissions/compile-boundary.ts'
export * from './permissions/decide.ts'
export { SELECTABLE_FIELDS, type TunnelFacts } from './permissions/fields.ts'
export * from './permissions/intersect.ts'
export { parseBoundary, readBoundary } from './permissions/parse-boundary.ts'
export { canonicalPath } from './permissions/path.ts'
export { printBoundary } from './permissions/print-boundary.ts'
export { ROLES, type Role, permissionsOfRole } from './permissions/roles.ts'
export { covers, permissionsCovering, SELF_RULE } from './permissions/rules.ts'
export { USE_CASES, type UseCase } from './permissions/use-cases.ts'
export * from './observation.ts'
export * from './policy.ts'
export type * from './processes.ts'
export * from './reset.ts'
export * from './tunnel.ts'
export { attachLink, type LinkOptions } from './mux/attach.ts'
export { Decoder, type FrameSink } from './mux/decoder.ts'
export { FRAME, getU32, HEADER_BYTES, putHeader, putU32 } from './mux/frame.ts'
export { Mux, type MuxOptions } from './mux/mux.ts'
export type { MuxStream } from './mux/stream.ts'
export type * from './app-server/account.ts'
export * from './app-server/command-line.ts'
export type * from './app-server/config.ts'
export type * from './app-server/environments.ts'
export type * from './app-server/file-search.ts'
export type * from './app-server/fs.ts'
export type * from './app-server/initialize.ts'
export type * from './app-server/item.ts'
export type * from './app-server/mcp-servers.ts'
export * from './app-server/methods.ts'
export type * from './app-server/models.ts'
export type * from './app-server/notifications.ts'
export type * from './app-server/page.ts'
export type * from './app-server/processes.ts'
export type * from './app-server/replay.ts'
export type * from './app-server/server-requests.ts'
export type * from './app-server/settings.ts'
export type * from './app-server/skills.ts'
export type * from './app-server/thread.ts'
export type * from './app-server/thread-changes.ts'
export type * from './app-server/thread-params.ts'
export type * from './app-server/thread-reading.ts'
export type * from './app-server/turn.ts'
export type * from './app-server/turn-params.ts'
export * from './app-server/upstream.ts'
export * from './app-server-labels.ts'
export type * from './app-server/user-input.ts'
export type * from './exec-server/environment.ts'
export type * from './exec-server/files.ts'
export type * from './exec-server/http.ts'
export type * from './exec-server/processes.ts'
export { RPC_CODE, type RpcAnswer, type RpcFault, type RpcId } from './exec-server/rpc.ts'
export type * from './exec-server/sandbox.ts'
export * from './filter.ts'
export * from './webtty/close-codes.ts'
export * from './webtty/facts.ts'
export * from './webtty/exposures.ts'
export { EXPOSE_LABELS, exposeLabels } from './webtty/expose-labels.ts'
export type * from './webtty/messages.ts'
export {
  CRITICAL_BIT,
  headBytes,
  putHead,
  readFrames,
  WEBTTY_FRAME,
  WEBTTY_PREFACE,
  WEBTTY_PROTOCOL,
} from './webtty/frame.ts'
export { FD, SIGNALS } from './webtty/messages.ts'
export {
  decodeFrame,
  encodeFrame,
  type FrameBodies,
  type FrameName,
  frameName,
  type Sender,
  type WebttyFrame,
  WEBTTY_FRAMES,
} from './webtty/frames.ts'
export { putVarint, varintBytes } from './webtty/varint.ts'
export * from './labels.ts'
export * from './link/validate.ts'
export * from './names.ts'
export * from './shown.ts'
export * from './url.ts'
export { canonicalJson } from './canonical-json.ts'
