/** Owns every bound and timeout of the product; the comment says what happens there. Docs are generated from this table. */

const KiB = 1024
const MiB = 1024 * KiB

/** One bound: its value, unit, and the stated behaviour when it is reached. */
export interface Limit {
  readonly value: number
  readonly unit: 'bytes' | 'count' | 'ms' | 's' | 'chars'
  readonly at: string
}

const limit = (value: number, unit: Limit['unit'], at: string): Limit => ({ value, unit, at })

/** The table behind {@link LIMITS}; docs/reference/limits.md is generated from it. */
export const LIMIT_TABLE = {
  // mux
  muxFramePayload: limit(64 * KiB, 'bytes', 'a longer frame closes the link with PROTOCOL_ERROR'),
  muxControlPayload: limit(64 * KiB, 'bytes', 'a longer control message closes the link with PROTOCOL_ERROR'),
  muxStreams: limit(16_384, 'count', 'a further open is refused with RESET busy'),
  muxWindowInitial: limit(256 * KiB, 'bytes', 'the sender waits for credit; more than was granted closes the link'),
  muxWindowMax: limit(16 * MiB, 'bytes', 'the window stops growing'),
  muxWindowPressed: limit(64 * KiB, 'bytes', 'the window streams get while a link is over muxPressure'),
  muxPressure: limit(16 * MiB, 'bytes', 'unread bytes on a link above which windows shrink to muxWindowPressed'),
  muxGrowthBudget: limit(64 * MiB, 'bytes', 'window growth of all streams of a link together; no window grows further'),
  muxUnread: limit(128 * MiB, 'bytes', 'unread bytes on a link above which new streams are refused with RESET busy'),
  muxUnreadMax: limit(512 * MiB, 'bytes', 'unread bytes on a link above which it is closed with LIMIT_REACHED'),
  muxOutboxMax: limit(
    4 * MiB,
    'bytes',
    'bytes waiting for the link socket above which it is closed with LIMIT_REACHED',
  ),
  muxOutbox: limit(256 * KiB, 'bytes', 'bytes waiting for the link socket; streams wait their turn'),
  // link
  linkHelloMs: limit(10_000, 'ms', 'a peer that has not said hello is closed'),
  linkConnectMs: limit(10_000, 'ms', 'the attempt fails and the next transport or retry follows'),
  linkPingMs: limit(2_000, 'ms', 'a ping is sent on every link when the last one was answered'),
  linkPongMs: limit(4_000, 'ms', 'a peer that is silent that long after a ping is dead and the link is closed'),
  linkLingerMs: limit(2_000, 'ms', 'after an orderly end a peer that does not close by then is reset'),
  linkReplyMs: limit(10_000, 'ms', 'a tunnel.open that is not answered by then fails and is tried again'),
  linkTunnels: limit(256, 'count', 'a further tunnel on this link is refused with LIMIT_REACHED'),
  linkStatsMs: limit(
    1_000,
    'ms',
    'figures of a tunnel are sent to its host at most that often, and expired credentials are cut that late',
  ),
  linkRetryMinMs: limit(200, 'ms', 'first reconnect delay, doubled with full jitter'),
  linkRetryMaxMs: limit(15_000, 'ms', 'reconnect delays stop growing'),
  linkTextChars: limit(4_096, 'chars', 'a longer text in a control message closes the link with PROTOCOL_ERROR'),
  linkListItems: limit(1_024, 'count', 'a longer list in a control message closes the link with PROTOCOL_ERROR'),
  linkDialBufferBytes: limit(64 * KiB, 'bytes', 'bytes a dialer may send before the open is answered'),
  linkMessageBytes: limit(1 * MiB, 'bytes', 'a longer message of a WebSocket link closes it'),
  linkLanes: limit(3, 'count', 'a further lane of a client is refused with LIMIT_REACHED'),
  laneTickMs: limit(250, 'ms', 'how often links are looked at for whether a lane would help'),
  laneAfterMs: limit(500, 'ms', 'how long every connection of a client must be backed up before a lane is asked for'),
  laneAskMs: limit(30_000, 'ms', 'a client that sent no lane when it was asked is asked again that late'),
  laneIdleMs: limit(30_000, 'ms', 'a lane without a stream that long is closed'),
  laneRoundTripMs: limit(5, 'ms', 'a client nearer than this is never asked for a lane'),
  laneBulkBytes: limit(16 * KiB, 'bytes', 'a stream that moves this much in laneTickMs counts as bulk'),
  // engine
  engineLinks: limit(10_000, 'count', 'a further link is refused with LIMIT_REACHED'),
  engineConnections: limit(20_000, 'count', 'a further visitor connection is closed with RST'),
  tunnelConnections: limit(4_096, 'count', 'HTTP visitors get 503 with Retry-After, others RST'),
  holdMs: limit(5_000, 'ms', 'requests for a tunnel whose link broke wait this long, then get 502'),
  holdRequests: limit(1_024, 'count', 'a further held request gets 503'),
  goneMs: limit(9_000, 'ms', 'a tunnel silent that long after its link last spoke is removed'),
  tcpPortMin: limit(1_024, 'count', 'a lower public port is refused with PORT_FORBIDDEN'),
  portMemory: limit(1_024, 'count', 'the oldest name forgets the TCP port it had'),
  cutNotices: limit(1_024, 'count', 'the oldest cut that its owner has not heard of yet is forgotten'),
  sniffMs: limit(10_000, 'ms', 'a connection that sent no protocol bytes is closed'),
  clientHelloBytes: limit(16 * KiB, 'bytes', 'a longer ClientHello is closed'),
  // HTTP edge
  headBytes: limit(32 * KiB, 'bytes', 'a longer request head gets 431'),
  headFields: limit(128, 'count', 'more header fields get 431'),
  headMs: limit(15_000, 'ms', 'a head that is not complete by then gets 408'),
  responseHeadBytes: limit(64 * KiB, 'bytes', 'a longer response head gives the visitor 502'),
  responseHeadMs: limit(120_000, 'ms', 'an upstream that has not begun to answer gives 504'),
  idleMs: limit(75_000, 'ms', 'a kept-alive visitor connection without a request is closed'),
  writeStallMs: limit(300_000, 'ms', 'a visitor that takes no byte of an answer that long is reset'),
  chunkLineBytes: limit(4 * KiB, 'bytes', 'a longer chunk-size line gets 400'),
  trailerBytes: limit(16 * KiB, 'bytes', 'longer trailers get 431'),
  pipelinedRequests: limit(64, 'count', 'the next request of the connection is not read until an answer has gone out'),
  edgeSweepMs: limit(1_000, 'ms', 'how late a timeout of the HTTP edge may act'),
  retryAfterSeconds: limit(2, 's', 'what Retry-After tells visitors of a busy tunnel'),
  h2Streams: limit(256, 'count', 'concurrent HTTP/2 requests of one visitor; more are refused by the peer'),
  h2Resets: limit(
    500,
    'count',
    'HTTP/2 requests a visitor may break off in one second; then its connection is closed with ENHANCE_YOUR_CALM',
  ),
  h2Upstreams: limit(
    16,
    'count',
    'tunnels with an HTTP/2 service that one visitor connection may use; a further one gets 503',
  ),
  h2PingMs: limit(
    15_000,
    'ms',
    'every HTTP/2 connection is pinged; a visitor that leaves a ping unanswered that long is closed unless it is slow to read',
  ),
  h2StreamWindow: limit(256 * KiB, 'bytes', 'the sender of an HTTP/2 body waits for credit'),
  h2SessionWindow: limit(1 * MiB, 'bytes', 'the senders of all HTTP/2 bodies of a connection wait for credit'),
  // TLS
  tlsHandshakeMs: limit(10_000, 'ms', 'a TLS handshake that is not complete by then is closed'),
  certPollMs: limit(10_000, 'ms', 'certificate files are looked at again, besides being watched'),
  certDebounceMs: limit(100, 'ms', 'how long certificate files must rest after a change before they are read'),
  certCheckMs: limit(3_600_000, 'ms', 'how often certificates of our own are checked for renewal'),
  certLeafSeconds: limit(90 * 24 * 3600, 's', 'life of a certificate from the development CA; at most 397 days'),
  certRenewSeconds: limit(30 * 24 * 3600, 's', 'a certificate from the development CA with less life left is renewed'),
  certCaSeconds: limit(10 * 365 * 24 * 3600, 's', 'life of the development CA; a new one is made after it'),
  // host side
  socketReadBytes: limit(64 * KiB, 'bytes', 'read at once from one socket before others get their turn'),
  bulkReadBytes: limit(32 * KiB, 'bytes', 'read at once from a link or a socket in bulk; the rest is read next'),
  tlsGatherBytes: limit(64 * KiB, 'bytes', 'TLS records handed on together; the rest follows'),
  upstreamConnectMs: limit(5_000, 'ms', 'the visitor gets 504, a dialer RESET'),
  // names, labels, filters
  nameChars: limit(48, 'chars', 'a longer tunnel name is refused with NAME_INVALID'),
  labels: limit(64, 'count', 'more labels are refused with LABEL_INVALID'),
  labelKeyChars: limit(63, 'chars', 'a longer key is refused with LABEL_INVALID'),
  labelValueChars: limit(256, 'chars', 'a longer value is refused with LABEL_INVALID'),
  filterChars: limit(4_096, 'chars', 'a longer filter is refused with FILTER_INVALID'),
  filterDepth: limit(8, 'count', 'a deeper JSON filter is refused with FILTER_INVALID'),
  filterRegexes: limit(4, 'count', 'more regexes in one filter are refused with FILTER_INVALID'),
  filterRegexProgram: limit(400, 'count', 'a regex with more instructions is refused with FILTER_INVALID'),
  filterRegexChars: limit(256, 'chars', 'a longer regex is refused with FILTER_INVALID'),
  // resource boundaries
  boundaryChars: limit(16 * KiB, 'chars', 'a longer boundary, as canonical JSON, is refused with BOUNDARY_INVALID'),
  boundaryDepth: limit(8, 'count', 'a deeper boundary is refused with BOUNDARY_INVALID'),
  boundaryItems: limit(256, 'count', 'a longer list in a boundary is refused with BOUNDARY_INVALID'),
  boundaryRegexes: limit(16, 'count', 'more regexes in one boundary are refused with BOUNDARY_INVALID'),
  boundaryRegexChars: limit(512, 'chars', 'a longer regex in a boundary is refused with BOUNDARY_INVALID'),
  boundaryRegexProgram: limit(
    400,
    'count',
    'a regex in a boundary with more instructions is refused with BOUNDARY_INVALID',
  ),
  boundaryTextChars: limit(1_024, 'chars', 'a longer name, label or path passes no regex of a boundary'),
  boundaryCompiled: limit(10_000, 'count', 'the boundary that was compiled longest ago is forgotten'),
  trustedIps: limit(128, 'count', 'more networks are refused with OPTION_INVALID'),
  // engine API
  apiBodyBytes: limit(256 * KiB, 'bytes', 'a longer body gets 413'),
  apiBodyDepth: limit(64, 'count', 'JSON with more levels is refused with REQUEST_INVALID'),
  apiListItems: limit(1_000, 'count', 'a page of an inventory; the answer names the next page'),
  watchers: limit(1_000, 'count', 'a further watcher is refused with LIMIT_REACHED'),
  watchBacklogBytes: limit(1 * MiB, 'bytes', 'a watcher that reads too slowly is closed and may resume'),
  watchJournal: limit(4_096, 'count', 'events kept for resume; an older Last-Event-ID gets a fresh state.initial'),
  watchPingMs: limit(15_000, 'ms', 'an idle watch gets a comment line'),
  watchTokenSeconds: limit(300, 's', 'the longest life of a query token'),
  cutReasonChars: limit(256, 'chars', 'a longer reason is refused with REQUEST_INVALID'),
  apiAnswerMs: limit(15_000, 'ms', 'a call of the engine API without an answer fails with SERVER_UNREACHABLE'),
  apiAnswerBytes: limit(32 * MiB, 'bytes', 'a longer answer of the engine API is refused with NOT_TOWLINE'),
  watchSilentMs: limit(45_000, 'ms', 'a watch without a byte that long is broken off and resumed'),
  watchEventBytes: limit(32 * MiB, 'bytes', 'a longer watch event is refused with NOT_TOWLINE'),
  // discovery
  statusCheckMs: limit(2_000, 'ms', 'a dependency that has not answered its status check by then counts as failed'),
  statusFreshMs: limit(1_000, 'ms', 'how long an answer of the status endpoint is told again without a new check'),
  statusDiskBytes: limit(256 * MiB, 'bytes', 'with less room beside the data the status is degraded'),
  agentCheckMs: limit(90_000, 'ms', 'an agent check asks nothing further; rows without an answer fail'),
  agentCheckAnswerMs: limit(10_000, 'ms', 'a document of a checked site that is not there by then counts as missing'),
  agentCheckBytes: limit(4 * MiB, 'bytes', 'a longer document of a checked site counts as missing'),
  agentCheckRequests: limit(200, 'count', 'an agent check asks nothing further; rows without an answer fail'),
  agentCheckRedirects: limit(3, 'count', 'a further redirect of a checked site is not followed'),
  agentCheckItems: limit(24, 'count', 'links or skills of one document that are looked at; further ones are not'),
  // control API and engine API
  apiRequestsPerSecond: limit(
    100,
    'count',
    'requests of a credential to an API in the long run; a further one gets 429 with Retry-After',
  ),
  apiRequestsBurst: limit(500, 'count', 'requests of a credential to an API at once; a further one gets 429'),
  anonymousRequestsPerSecond: limit(
    20,
    'count',
    'requests of an address without a good credential in the long run; a further one gets 429 with Retry-After',
  ),
  anonymousRequestsBurst: limit(300, 'count', 'requests of such an address at once; a further one gets 429'),
  apiPageItems: limit(
    200,
    'count',
    'more items of a page are refused with REQUEST_INVALID; the answer names the next page',
  ),
  apiPageDefault: limit(50, 'count', 'items of a page when the caller names no number'),
  shownNameChars: limit(128, 'chars', 'a longer name of a person, workspace, project or credential is refused'),
  checkoutSeconds: limit(24 * 3600, 's', 'a checkout that was not paid by then is expired'),
  settingItems: limit(64, 'count', 'more names or ports of a setting are refused with REQUEST_INVALID'),
  reservedNames: limit(64, 'count', 'a further reserved name of a project is refused with LIMIT_REACHED'),
  delegatedTokenSeconds: limit(3_600, 's', 'a longer life of a delegated token is refused with OPTION_INVALID'),
  projectTokenSeconds: limit(90 * 24 * 3600, 's', "life of a project's token when its maker names none"),
  turnSeconds: limit(3_600, 's', 'a longer life of TURN credentials is refused with REQUEST_INVALID'),
  turnSecondsDefault: limit(600, 's', 'life of TURN credentials when the caller names none'),
  usageReportMs: limit(10_000, 'ms', 'how late what tunnels use is told to the authority'),
  requestLogsPerSecond: limit(100, 'count', 'further requests of a project in that second are counted, but not logged'),
  usageSpanSeconds: limit(92 * 24 * 3600, 's', 'a longer span of usage is refused with REQUEST_INVALID'),
  idempotencyKeyChars: limit(128, 'chars', 'a longer idempotency key is refused with REQUEST_INVALID'),
  // hosted MCP
  mcpAnswerChars: limit(
    48 * 1024,
    'chars',
    'a longer list comes in smaller pages, a longer text in parts; any other answer fails with ANSWER_TOO_LONG',
  ),
  mcpInputElements: limit(1_000, 'count', 'more elements in the arguments of a tool are refused'),
  mcpSearchHits: limit(20, 'count', 'further pages that match a search of the docs are left out'),
  mcpSearchChars: limit(256, 'chars', 'a longer search of the docs is refused'),
  mcpApprovalSeconds: limit(
    600,
    's',
    'what a person has not allowed and an agent not used by then has to be asked again',
  ),
  mcpApprovals: limit(
    32,
    'count',
    'a further question of a credential that waits for a person is refused with LIMIT_REACHED',
  ),
  // sdk
  sdkStates: limit(64, 'count', 'states and events kept for a reader that lags; the oldest is dropped'),
  // command line
  cliCompletionMs: limit(1_500, 'ms', 'names that the server has not told by then are not offered'),
  cliDrainMs: limit(
    5_000,
    'ms',
    'how long a process that was told to end waits for what is open; then it is broken off',
  ),
  cliReadyMs: limit(10_000, 'ms', 'a server that does not answer its own health check by then counts as failed'),
  contextLockMs: limit(
    30_000,
    'ms',
    'a contexts file or login that another process holds that long fails with CONTEXT_BUSY',
  ),
  contextLockStaleMs: limit(60_000, 'ms', 'an older lock is taken over, as is one whose process is gone'),
  tokenEarlySeconds: limit(60, 's', 'an access token with less life left is renewed before it is used'),
  doctorStepMs: limit(15_000, 'ms', 'a check of the doctor that has not ended by then counts as failed'),
  clockSkewSeconds: limit(60, 's', 'a clock that differs more from the server gets a warning of the doctor'),
  demoStepMs: limit(30_000, 'ms', 'a step of the demo that has not succeeded by then counts as failed'),
  // authority
  authCacheMs: limit(30_000, 'ms', 'a verified credential is asked for again; a revocation drops it at once'),
  authCacheEntries: limit(10_000, 'count', 'the oldest verified credential is forgotten'),
  authorityMs: limit(5_000, 'ms', 'an authority that has not answered counts as unavailable'),
  // settings of a server
  configBytes: limit(1024 * KiB, 'bytes', 'a larger file of settings is refused with CONFIG_INVALID'),
  configSecretBytes: limit(64 * KiB, 'bytes', 'a larger file of a secret is refused with CONFIG_INVALID'),
  // store
  storeConnections: limit(8, 'count', 'queries of a PostgreSQL store at once; a further one waits for a connection'),
  storeConnectMs: limit(3_000, 'ms', 'a PostgreSQL that has not let us in by then counts as unavailable'),
  storeAnswerMs: limit(
    10_000,
    'ms',
    'a query that PostgreSQL has not answered by then fails with AUTHORITY_UNAVAILABLE',
  ),
  sweepMs: limit(60_000, 'ms', 'how often what has expired is deleted'),
  idempotencySeconds: limit(24 * 3600, 's', 'an older idempotency key is forgotten'),
  lastUsedMs: limit(60_000, 'ms', 'how late the last use of a credential is written'),
  logQueue: limit(10_000, 'count', 'a further log entry is dropped; the log of the server says how many'),
  logFlushMs: limit(250, 'ms', 'the longest a log entry waits to be written'),
  logRecords: limit(100_000, 'count', 'the oldest log entries of a project are deleted'),
  logSeconds: limit(30 * 24 * 3600, 's', 'older log entries are deleted'),
  logTextChars: limit(1_024, 'chars', 'longer texts in log entries are cut'),
  usageFlushMs: limit(5_000, 'ms', 'the longest that usage waits to be written'),
  usageSums: limit(
    10_000,
    'count',
    'usage of a further project, hour or metric is not counted until what waits is written',
  ),
  usageSeconds: limit(400 * 24 * 3600, 's', 'older usage is deleted'),
  storeLockMs: limit(
    2_000,
    'ms',
    'how long a server waits for one before it to leave the database, then ALREADY_RUNNING',
  ),
  credentials: limit(10_000, 'count', 'a further credential of a project is refused with LIMIT_REACHED'),
  // accounts and OAuth
  passwordCharsMin: limit(12, 'chars', 'a shorter password is refused with OPTION_INVALID'),
  passwordCharsMax: limit(256, 'chars', 'a longer password is refused with OPTION_INVALID'),
  setupLinkSeconds: limit(
    24 * 3600,
    's',
    'a one-time link is refused with SETUP_LINK_INVALID; a new start prints a new one',
  ),
  sessionSeconds: limit(14 * 24 * 3600, 's', 'a session in the browser is over and the person signs in again'),
  setupLinksPerMinute: limit(60, 'count', 'a further look at a one-time link from this address gets 429'),
  signInsPerMinute: limit(10, 'count', 'a further sign-in from this address gets 429 with Retry-After'),
  signInsPerMinuteOfPerson: limit(60, 'count', 'a further sign-in with this email, from wherever, gets 429'),
  passkeyCallsPerMinute: limit(60, 'count', 'a further call about passkeys or a provider from this address gets 429'),
  userCodesPerMinute: limit(10, 'count', 'a further user code of this person gets 429 with Retry-After'),
  userCodesPerMinuteOfAddress: limit(100, 'count', 'a further user code from this address gets 429 with Retry-After'),
  deviceCodesPerMinute: limit(60, 'count', 'a further device code for this address gets 429 with Retry-After'),
  oauthRequestsPerMinute: limit(600, 'count', 'a further OAuth request from this address gets 429 with Retry-After'),
  clientsPerMinute: limit(10, 'count', 'a further client registered from this address gets 429 with Retry-After'),
  oauthClientChars: limit(4_096, 'chars', 'longer metadata of a client is refused with invalid_client_metadata'),
  oauthClientSeconds: limit(24 * 3600, 's', 'a registered client that nobody approved by then is forgotten'),
  rateKeys: limit(20_000, 'count', 'the credential or address that was counted longest ago is forgotten'),
  deviceCodeSeconds: limit(900, 's', 'a device code that nobody approved by then gets expired_token'),
  devicePollSeconds: limit(5, 's', 'a device that polls sooner gets slow_down and five seconds more'),
  interactionSeconds: limit(3600, 's', 'a login page that was left open that long is over'),
  accessTokenSeconds: limit(
    3600,
    's',
    'an access token is refused with UNAUTHENTICATED; the refresh token gets a new one',
  ),
  refreshTokenSeconds: limit(30 * 24 * 3600, 's', 'a refresh token that was not used by then ends its login'),
  loginSeconds: limit(180 * 24 * 3600, 's', 'a login ends and its person approves it again'),
  exchangeSeconds: limit(3600, 's', 'the longest life of an exchanged token; a longer one is shortened to it'),
  signingKeySeconds: limit(90 * 24 * 3600, 's', 'a new signing key is made; the old one stays published as long again'),
  auditQueue: limit(10_000, 'count', 'a further audit record is dropped; the log says how many'),
  auditBatch: limit(500, 'count', 'audit records written at once'),
  auditFlushMs: limit(250, 'ms', 'the longest an audit record waits to be written'),
  auditRecords: limit(100_000, 'count', 'the oldest audit records of traffic and refusals are deleted'),
  auditChanges: limit(1_000_000, 'count', 'the oldest audit records of changes are deleted'),
  auditSettleMs: limit(1_000, 'ms', 'how old an audit record is at least when it is exported, so that none is skipped'),
  auditDetailsChars: limit(4_096, 'chars', 'longer details of an audit record are cut'),
  auditTextChars: limit(256, 'chars', 'longer texts in audit records are cut'),
  tokenSecondsMax: limit(365 * 24 * 3600, 's', 'a longer token life is refused with OPTION_INVALID'),
} as const satisfies Record<string, Limit>

/** A bound's name. */
export type LimitName = keyof typeof LIMIT_TABLE

/** Every bound's value by name. */
export type Limits = Readonly<Record<LimitName, number>>

/** The values, ready to use; tests hand rooms a changed copy. */
export const LIMITS: Limits = Object.freeze(
  Object.fromEntries(Object.entries(LIMIT_TABLE).map(([name, row]) => [name, row.value])) as Record<LimitName, number>,
)
