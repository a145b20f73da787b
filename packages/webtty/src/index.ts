/** Face of the webtty room: terminals, commands and files, over streams that are handed in. */
export type { Carrier, CarrierEnd, CarrierSink } from './carrier/carrier.ts'
export { memoryCarriers } from './carrier/memory-carriers.ts'
export { nativeCarrier, streamCarrier } from './carrier/stream-carrier.ts'
export { openWebSocketCarrier, webSocketCarrier, type WsLike } from './carrier/web-socket-carrier.ts'
export { type ConnectOptions, connectWebtty, type StreamOptions, type WebttyConnection } from './client/connection.ts'
export { HeadTail, type KeptOutput, wholeEnd } from './client/head-tail.ts'
export {
  openTerminal,
  type OpenTerminalOptions,
  type Terminal,
  type TerminalEnd,
  type TerminalSink,
  type TerminalState,
} from './client/open-terminal.ts'
export type { MachineReply } from './client/machine-questions.ts'
export { RemoteProcess, type RemoteSink, type Snapshot } from './client/remote-process.ts'
export { runExec, type RunExecOptions, UNSTARTED, watchExec, type Watched } from './client/run-exec.ts'
export {
  type Ask,
  serveConnection,
  type ServeConnectionOptions,
  type ServedConnection,
} from './host/serve-connection.ts'
export type { Exposer } from './host/exposer.ts'
export { encryptedPage } from './host/encrypted-page.ts'
export { noFiles } from './host/no-files.ts'
export { pageListener } from './host/page-listener.ts'
export {
  type Caller,
  createWebttyServer,
  type ProvenClient,
  type WebttyServer,
  type WebttyServerOptions,
} from './host/webtty-server.ts'
export type { Party } from './session/rights.ts'
export type { Participation, ProcessSink, Session, Sessions } from './session/session-types.ts'
export { openSessions, type SessionsOptions } from './session/open-sessions.ts'
export { CUT_OFF, E2E_CLOSE } from './e2e/channel/close-codes.ts'
export { endError, type Ends } from './e2e/channel/end-error.ts'
export { E2E_TYPE, readAnnouncement } from './e2e/channel/handshake-messages.ts'
export { PendingHandshakes } from './e2e/channel/pending-handshakes.ts'
export { secureClient, type SecureClientOptions } from './e2e/client.ts'
export { nodeCrypto } from './e2e/crypto/node-crypto.ts'
export type { CryptoProvider } from './e2e/crypto/provider.ts'
export { type EndpointIdentity, parseEndpointIdentity } from './e2e/identity/endpoint-identity.ts'
export type { LocalIdentity } from './e2e/identity/local-identity.ts'
export { encryptionMissing, type ServerRef, unknownServer } from './e2e/pin-errors.ts'
export {
  type ClientDirectory,
  type Revocation,
  type SecureClientFacts,
  type SecuredClient,
  secureServer,
  type SecureServerOptions,
} from './e2e/server.ts'
export {
  addAuthorizedClient,
  type AddClient,
  type AuthorizedClient,
  CLIENT_ROLES,
  type ClientRole,
  listAuthorizedClients,
  removeAuthorizedClient,
  type ShownClient,
} from './e2e/trust/authorized-clients.ts'
export { type ClientList, type ClientListOptions, openClientList } from './e2e/trust/client-list.ts'
export {
  createIdentity,
  listIdentities,
  loadIdentity,
  rotateIdentity,
  showIdentity,
  type ShownIdentity,
} from './e2e/trust/identities.ts'
export {
  addKnownServer,
  type KnownServer,
  listKnownServers,
  removeKnownServer,
  type ShownServer,
} from './e2e/trust/known-servers.ts'
export { type Pin, type PinQuestion, resolvePin } from './e2e/trust/resolve-pin.ts'
export { type Files, type FilesFacts, type FilesOptions, openFiles } from './files/open-files.ts'
export type { FailedEntry, FileInfo, FileType } from './files/root/entry.ts'
export type { FolderPage } from './files/routes/get-ls.ts'
export {
  createFilesClient,
  type FilesClient,
  type FilesClientOptions,
  type LsOptions,
  type ReadBytes,
  type ReadOptions,
} from './files/client/files-client.ts'
export type { Connect } from './files/client/dial-agent.ts'
export type { DownloadOptions } from './files/client/download.ts'
export type { Uploaded, UploadOptions } from './files/client/upload.ts'
export type { WriteOptions, Written } from './files/client/write.ts'
export { ModeTracker } from './ring/mode-tracker.ts'
export { missingToServe } from './process/prerequisites.ts'
export { openProcesses } from './process/open-processes.ts'
