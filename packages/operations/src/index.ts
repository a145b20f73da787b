/** Face of the operations room: what a workstation user or agent can do. */
export { type ListenAddress, parseListen, parsePort } from './address.ts'
export { caOf, type Connection, type ConnectionFlags, resolveConnection } from './context/connection.ts'
export { type Context, type Contexts, readContexts, saveContext } from './context/contexts.ts'
export { contextsFile, dataDir, type Env, homeDir } from './context/home.ts'
export { changeContext, type Login, validateContextName } from './context/contexts.ts'
export { listContexts, type ShownContext, showContext, useContext } from './context/shown-context.ts'
export { type ForgetOptions, forgetContext, type Forgotten } from './login/forget-context.ts'
export { findLoginServer, type LoginServer } from './login/find-login-server.ts'
export { login, type LoginRequest } from './login/login.ts'
export { type LoginPrompt, type LoginStart, type PendingLogin, startLogin } from './login/start-login.ts'
export { wantedPermissions } from './login/wanted-permissions.ts'
export { saveToken, type TokenLogin } from './login/save-token.ts'
export { settleTrust, type TrustRequest } from './login/trust.ts'
export { type Identity, whoAmI } from './login/who-am-i.ts'
export { doctor } from './doctor/doctor.ts'
export type { DoctorRequest } from './doctor/examined.ts'
export type { DoctorReport, DoctorRow } from './doctor/report.ts'
export { type ForwardOptions, forwardSpec } from './tunnel/forward-spec.ts'
export { parseTarget, type Target } from './tunnel/target.ts'
export { cutClient } from './inventory/cut-client.ts'
export { cutTunnel } from './inventory/cut-tunnel.ts'
export { listClients } from './inventory/list-clients.ts'
export { listTunnels } from './inventory/list-tunnels.ts'
export { mintToken } from './inventory/mint-token.ts'
export { watchEvents } from './inventory/watch-events.ts'
export {
  type Dial,
  type DialListenRequest,
  dialListen,
  type DialOnceRequest,
  dialOnce,
  type DialRequest,
  openDial,
} from './tunnel/dial.ts'
export {
  forward,
  type ForwardRequest,
  type ForwardState,
  type ForwardStats,
  serveTunnel,
  type Transport,
} from './tunnel/forward.ts'
export { agentCheck, type AgentCheckOptions } from './agent-check/agent-check.ts'
export { TOP_LEVEL as AGENT_CHECK_TOP_LEVEL } from './agent-check/levels.ts'
export type { AgentCheck, CheckRow, RowStatus } from './agent-check/report.ts'
export {
  cleanUp,
  cleanupLabels,
  type CleanupReport,
  type CleanupRequest,
  type CleanupSelection,
} from './cleanup/clean-up.ts'
export type { Cleaner, CleanupItem } from './cleanup/cleaner.ts'
export { type CleanersRequest, cleanersOf } from './cleanup/cleaners-of.ts'
export { localCleaner } from './cleanup/local-cleaner.ts'
export { tunnelCleaner } from './cleanup/tunnel-cleaner.ts'
export { type AgentJournal, type AgentJournalOptions, openAgentJournal } from './guard/agent-journal.ts'
export { CALL_LOST, flushJournal, type Flushed, type FlushOptions } from './guard/flush-journal.ts'
export { appendBegun, appendCall, type BegunCall, type Journal, journalOf, type NewAgentCall } from './guard/journal.ts'
export { sendAgentCalls } from './guard/send-agent-calls.ts'
export { type ServerDesk, serverDesk } from './guard/server-desk.ts'
export {
  askServerApproval,
  readServerApproval,
  type ServerApproval,
  type ServerApprovalState,
  type ServerQuestion,
  useServerApproval,
} from './guard/server-approvals.ts'
export { addMember, type NewMember } from './control/add-member.ts'
export { chooseProject } from './control/choose.ts'
export { createProject, type CreateProjectOptions } from './control/create-project.ts'
export { deleteProject } from './control/delete-project.ts'
export { listCredentials } from './control/list-credentials.ts'
export { listMembers, type WorkspaceOptions } from './control/list-members.ts'
export { listProjects } from './control/list-projects.ts'
export { listWorkspaces } from './control/list-workspaces.ts'
export { type AuditOptions, readAudit } from './control/read-audit.ts'
export { removeMember } from './control/remove-member.ts'
export { type ProjectChange, renameProject } from './control/rename-project.ts'
export { revokeToken } from './control/revoke-token.ts'
export { rotateToken } from './control/rotate-token.ts'
export { type LogOptions, type LogPage, readLogs } from './control/read-logs.ts'
export { type ProjectPlan, readPlan } from './control/read-plan.ts'
export { readUsage, type UsageOptions } from './control/read-usage.ts'
export { useProject } from './control/use-project.ts'
export { findProjects } from './control/find-projects.ts'
export { listWebtty, type WebttyMachine } from './webtty/list-webtty.ts'
export { detachOn, type Detached } from './webtty/detach.ts'
export { execOn, type ExecRequest, watchOn } from './webtty/exec.ts'
export { type FilesRequest, type OpenedFiles, withFiles } from './webtty/files.ts'
export { type Listening, listenWebtty, type ListenWebttyRequest } from './webtty/listen-webtty.ts'
export { type Machine, type MachineRequest, openMachine } from './webtty/machine.ts'
export { createMachinePool, type MachinePool } from './webtty/machine-pool.ts'
export { type ReadPart, readPart, type ReadRequest } from './webtty/read-part.ts'
export {
  listProcesses,
  type OutputRequest,
  type ProcessRequest,
  readOutput,
  signalProcess,
  waitForProcess,
} from './webtty/processes.ts'
export { fitOutput, tellBytes, type ToldBytes } from './webtty/tell-bytes.ts'
export { type OpenedFile, readFileRange, type RangeRequest } from './webtty/read-range.ts'
export { serveWebtty, type ServeWebttyRequest, type WebttyState } from './webtty/serve-webtty.ts'
export { terminalOn, type TerminalRequest } from './webtty/terminal.ts'
export { systemdUnit, unitName, type UnitSpec } from './webtty/systemd-unit.ts'
export type { HostOptions } from './webtty/webtty-host.ts'
export { writeInput } from './webtty/write-input.ts'
export { type BrowserLink, browserLink } from './webtty/browser-link.ts'
export type { AgentName } from './agents/agents.ts'
export type { EntryRequest } from './agents/entry.ts'
export { presentAgents } from './agents/present-agents.ts'
export { printAgentSetup, printSetup } from './agents/print-setup.ts'
export { type AgentSetup, setupAgent, type SetupRequest } from './agents/setup-agent.ts'
export type { Verified as VerifiedAgent } from './agents/verify-entry.ts'
export { matchesText } from './guard/glob.ts'
export { openPolicy, policyFile, type PolicySource, readPolicy } from './guard/read-policy.ts'
export { type Policy, type Rule, WAYS, type Way } from './guard/policy.ts'
export { decideByPolicy, type KnownTarget, type PolicyCall, type PolicyDecision } from './guard/decide.ts'
export { lookUpTarget } from './guard/look-up-target.ts'
export { masked, maskedText } from './guard/mask.ts'
export { type ExposeSpec, isForeignName, sensitiveExpose } from './guard/sensitive-expose.ts'
export { precheckExpose } from './guard/precheck-expose.ts'
export { type Decision, DECISIONS, defaultDecision, type Risk, RISKS } from './guard/risks.ts'
export { type Daemon, type DaemonOptions, openDaemon } from './local/daemon.ts'
export {
  isLive,
  type ExposeRequest,
  LOCAL_PROTOCOLS,
  type LocalProtocol,
  type LocalStatus,
  type LocalStopped,
  type LocalTunnel,
} from './local/local-tunnel.ts'
export type { Approval, ApprovalAnswer, ApprovalDecision, ApprovalQuestion } from './local/approvals.ts'
export { openSupervisor, type Supervisor, type SupervisorOptions } from './local/supervisor.ts'
export { callRemoteTool, type RemoteToolCall, type RemoteToolResult } from './bridge/call-remote-tool.ts'
export { discoverMcp, type McpEndpoint } from './bridge/discover.ts'
export { openRemoteMcp, type RemoteMcp, type RemoteMcpRequest, type RemoteServer } from './bridge/remote-mcp.ts'
export { RemoteMcpPool } from './bridge/remote-mcp-pool.ts'
export {
  findRemoteTool,
  listRemoteTools,
  needsApproval,
  type RemoteTool,
  type RemoteTools,
  toolDigest,
} from './bridge/remote-tools.ts'
export { formatMcpUrl, parseMcpUrl } from './bridge/mcp-url.ts'
export { type Exposed, exposeOn, type ExposeOnRequest } from './remote/expose-on.ts'
export { type ExposureRequest, listExposedOn, stopExposedOn } from './remote/exposed-on.ts'
export type { Verification } from './remote/compare-answers.ts'
export { type Verified, verifyExposedOn, type VerifyRequest } from './remote/verify-exposed.ts'
export { exposeRequest, type ExposeWords } from './remote/expose-words.ts'
export { type BridgeRequest, bridgeExecServer } from './exec-server/bridge-exec-server.ts'
export { type DialedExecServer, dialExecServer } from './exec-server/dial-exec-server.ts'
export {
  addCodexEnvironment,
  type CodexEnvironment,
  listCodexEnvironments,
  removeCodexEnvironment,
} from './exec-server/codex-environments.ts'
export { listSshHosts, type SshHost } from './ssh/list-ssh-hosts.ts'
export { openSsh, type SshProgram, type SshRequest } from './ssh/open-ssh.ts'
export { dialAppServer, type DialAppServerRequest, type SshWay } from './app-server/dial-app-server.ts'
export { parseRemote, type RemoteAddress, remoteToken } from './app-server/remote-address.ts'
export { proxyAppServer, type ProxyRequest } from './app-server/proxy-app-server.ts'
