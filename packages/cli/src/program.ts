/** Owns the tree of commands; running and the reference docs are both made from it. */
import type { Command } from 'commander'
import { type Build, command } from './command.ts'
import { agentCheck } from './commands/agent-check.ts'
import { agentSetup } from './commands/agent-setup.ts'
import { audit } from './commands/audit.ts'
import { claudeSetup } from './commands/claude-setup.ts'
import { appServer } from './commands/app-server.ts'
import { approvals } from './commands/approvals.ts'
import { approve } from './commands/approve.ts'
import { cleanup } from './commands/cleanup.ts'
import { clientCut } from './commands/client-cut.ts'
import { clientList } from './commands/client-list.ts'
import { codexEnvAdd } from './commands/codex-env-add.ts'
import { codexEnvList } from './commands/codex-env-list.ts'
import { codexEnvRemove } from './commands/codex-env-remove.ts'
import { codexSetup } from './commands/codex-setup.ts'
import { complete } from './commands/complete.ts'
import { completion } from './commands/completion.ts'
import { contextDelete } from './commands/context-delete.ts'
import { contextList } from './commands/context-list.ts'
import { contextShow } from './commands/context-show.ts'
import { contextUse } from './commands/context-use.ts'
import { demo } from './commands/demo.ts'
import { dial } from './commands/dial.ts'
import { doctor } from './commands/doctor.ts'
import { events } from './commands/events.ts'
import { exec } from './commands/exec.ts'
import { execServer } from './commands/exec-server.ts'
import { forward } from './commands/forward.ts'
import { localExpose } from './commands/local-expose.ts'
import { localList } from './commands/local-list.ts'
import { localServe } from './commands/local-serve.ts'
import { localStop } from './commands/local-stop.ts'
import { login } from './commands/login.ts'
import { logout } from './commands/logout.ts'
import { memberAdd } from './commands/member-add.ts'
import { memberList } from './commands/member-list.ts'
import { memberRemove } from './commands/member-remove.ts'
import { mcpPublish } from './commands/mcp-publish.ts'
import { mcpServe } from './commands/mcp-serve.ts'
import { policyCheck } from './commands/policy-check.ts'
import { policyShow } from './commands/policy-show.ts'
import { policyTest } from './commands/policy-test.ts'
import { mcpCall } from './commands/mcp-call.ts'
import { mcpDiscover } from './commands/mcp-discover.ts'
import { mcpTools } from './commands/mcp-tools.ts'
import { projectCreate } from './commands/project-create.ts'
import { projectDelete } from './commands/project-delete.ts'
import { projectList } from './commands/project-list.ts'
import { projectRename } from './commands/project-rename.ts'
import { projectUse } from './commands/project-use.ts'
import { ssh } from './commands/ssh.ts'
import { tokenCreate } from './commands/token-create.ts'
import { tokenList } from './commands/token-list.ts'
import { tokenRevoke } from './commands/token-revoke.ts'
import { tokenRotate } from './commands/token-rotate.ts'
import { tui } from './commands/tui.ts'
import { tunnelCut } from './commands/tunnel-cut.ts'
import { tunnelList } from './commands/tunnel-list.ts'
import { up } from './commands/up.ts'
import { webttyAuthorizedClientAdd } from './commands/webtty-authorized-client-add.ts'
import { webttyAuthorizedClientList } from './commands/webtty-authorized-client-list.ts'
import { webttyAuthorizedClientRemove } from './commands/webtty-authorized-client-remove.ts'
import { webttyBrowse } from './commands/webtty-browse.ts'
import { webttyClient } from './commands/webtty-client.ts'
import { webttyExec } from './commands/webtty-exec.ts'
import { webttyExpose } from './commands/webtty-expose.ts'
import { webttyExposed } from './commands/webtty-exposed.ts'
import { webttyFsDownload } from './commands/webtty-fs-download.ts'
import { webttyFsLs } from './commands/webtty-fs-ls.ts'
import { webttyFsMkdir } from './commands/webtty-fs-mkdir.ts'
import { webttyFsMv } from './commands/webtty-fs-mv.ts'
import { webttyFsRead } from './commands/webtty-fs-read.ts'
import { webttyFsRm } from './commands/webtty-fs-rm.ts'
import { webttyFsStat } from './commands/webtty-fs-stat.ts'
import { webttyFsUpload } from './commands/webtty-fs-upload.ts'
import { webttyFsWrite } from './commands/webtty-fs-write.ts'
import { webttyIdentityCreate } from './commands/webtty-identity-create.ts'
import { webttyIdentityList } from './commands/webtty-identity-list.ts'
import { webttyIdentityRotate } from './commands/webtty-identity-rotate.ts'
import { webttyIdentityShow } from './commands/webtty-identity-show.ts'
import { webttyInput } from './commands/webtty-input.ts'
import { webttyKnownServerAdd } from './commands/webtty-known-server-add.ts'
import { webttyKnownServerList } from './commands/webtty-known-server-list.ts'
import { webttyKnownServerRemove } from './commands/webtty-known-server-remove.ts'
import { webttyList } from './commands/webtty-list.ts'
import { webttyOutput } from './commands/webtty-output.ts'
import { webttyPs } from './commands/webtty-ps.ts'
import { webttyServer } from './commands/webtty-server.ts'
import { webttySignal } from './commands/webtty-signal.ts'
import { webttyUnexpose } from './commands/webtty-unexpose.ts'
import { webttyVerify } from './commands/webtty-verify.ts'
import { webttyWait } from './commands/webtty-wait.ts'
import { whoami } from './commands/whoami.ts'
import { workspaceList } from './commands/workspace-list.ts'
import type { Io } from './io.ts'
import { processIo } from './process-io.ts'

/** Commands of one word, under the heading the help shows them. */
const COMMANDS: readonly (readonly [heading: string, ...Build[]])[] = [
  ['Start:', demo, up, login, logout],
  ['Connect:', forward, dial],
]

/** Commands that share their first word, and groups of them that share two. */
type Group = readonly [name: string, description: string, ...(Build | Group)[]]

/** Commands of several words, by their first, under the heading the help shows them. */
const MACHINES: readonly Group[] = [
  [
    'webtty',
    'Terminals, commands and files on any machine',
    ...[webttyServer, webttyList, webttyExec, webttyClient, webttyBrowse],
    ...[webttyPs, webttyOutput, webttyInput, webttySignal, webttyWait],
    ...[webttyExpose, webttyExposed, webttyVerify, webttyUnexpose],
    [
      'fs',
      'Work with files of a machine',
      webttyFsLs,
      webttyFsStat,
      webttyFsRead,
      webttyFsWrite,
      webttyFsUpload,
      webttyFsDownload,
      webttyFsMkdir,
      webttyFsMv,
      webttyFsRm,
    ],
    [
      'identity',
      'Keys for end-to-end encryption',
      webttyIdentityCreate,
      webttyIdentityShow,
      webttyIdentityList,
      webttyIdentityRotate,
    ],
    [
      'authorized-client',
      'Clients that an encrypted server lets in',
      webttyAuthorizedClientAdd,
      webttyAuthorizedClientRemove,
      webttyAuthorizedClientList,
    ],
    [
      'known-server',
      'Servers whose keys are pinned',
      webttyKnownServerAdd,
      webttyKnownServerRemove,
      webttyKnownServerList,
    ],
  ],
]

/** What agents use, by their first word. */
const AGENTS: readonly Group[] = [
  [
    'codex',
    'Use the tools in Codex, and machines as its environments',
    codexSetup,
    ['env', 'Machines that Codex runs its commands on', codexEnvAdd, codexEnvRemove, codexEnvList],
  ],
  ['claude', 'Use the tools in Claude Code', claudeSetup],
  ['agent', 'Use the tools in any agent', agentSetup],
  ['mcp', 'Tools for agents (MCP)', mcpServe, mcpPublish, mcpDiscover, mcpTools, mcpCall],
  ['policy', 'What agents may do from this machine', policyCheck, policyShow, policyTest],
  ['local', 'Publish in the background, until you stop it', localExpose, localList, localStop],
]

const GROUPS: readonly Group[] = [
  ['tunnel', 'See and cut tunnels', tunnelList, tunnelCut],
  ['client', 'See and cut the clients that serve them', clientList, clientCut],
  ['workspace', 'See the workspaces you belong to', workspaceList],
  ['member', 'Look after the people of a workspace', memberList, memberAdd, memberRemove],
  ['project', 'Make, choose and end projects', projectList, projectCreate, projectUse, projectRename, projectDelete],
  ['token', 'Hand out, rotate and revoke credentials', tokenCreate, tokenList, tokenRotate, tokenRevoke],
  ['context', 'Choose the server to speak to', contextList, contextUse, contextShow, contextDelete],
]

/** The whole command line. Nothing runs and nothing heavy is loaded until `parseAsync`. */
export const buildProgram = (io: Io = processIo()): Command => {
  const program = buildWords(io)
  addAll(program, [completion(io)], 'Shell:')
  program.addCommand(complete(io), { hidden: true })
  program.commands.find((made) => made.name() === 'local')?.addCommand(localServe(io), { hidden: true })
  return settle(program, io)
}

/** All but completion, which is itself made from these. */
export const buildWords = (io: Io): Command => {
  const program = command('towline', 'Hands for coding agents on any machine, over one outbound connection')
  for (const [heading, ...builds] of COMMANDS)
    addAll(
      program,
      builds.map((build) => build(io)),
      heading,
    )
  addAll(
    program,
    MACHINES.map((group) => buildGroup(io, group)),
    'Connect:',
  )
  addAll(
    program,
    AGENTS.map((group) => buildGroup(io, group)),
    'Agents:',
  )
  addAll(program, [tui(io), exec(io), ssh(io), approve(io), approvals(io), appServer(io), execServer(io)], 'Agents:')
  addAll(
    program,
    GROUPS.map((group) => buildGroup(io, group)),
    'Look and manage:',
  )
  addAll(program, [events(io), audit(io), cleanup(io), whoami(io), doctor(io), agentCheck(io)], 'Look and manage:')
  return settle(program, io)
}

const buildGroup = (io: Io, [name, description, ...children]: Group): Command => {
  const group = command(name, description)
  addAll(
    group,
    children.map((child) => (typeof child === 'function' ? child(io) : buildGroup(io, child))),
  )
  return group
}

const addAll = (parent: Command, children: readonly Command[], heading?: string): void => {
  for (const made of children) parent.addCommand(heading === undefined ? made : made.helpGroup(heading))
}

/** Errors are thrown, so that one place tells them and chooses the exit status; output goes where `io` says. */
const settle = (made: Command, io: Io): Command => {
  made.exitOverride().helpCommand(false)
  made.configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
    outputError: () => undefined,
    getOutHelpWidth: () => io.columns(),
    getErrHelpWidth: () => io.columns(),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  })
  for (const child of made.commands) settle(child, io)
  return made
}
