/** Owns the tree of commands; running and the reference docs are both made from it. */
import type { Command } from 'commander'
import { type Build, command } from './command.ts'
import { agentCheck } from './commands/agent-check.ts'
import { audit } from './commands/audit.ts'
import { clientCut } from './commands/client-cut.ts'
import { clientList } from './commands/client-list.ts'
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
import { forward } from './commands/forward.ts'
import { login } from './commands/login.ts'
import { logout } from './commands/logout.ts'
import { memberAdd } from './commands/member-add.ts'
import { memberList } from './commands/member-list.ts'
import { memberRemove } from './commands/member-remove.ts'
import { projectCreate } from './commands/project-create.ts'
import { projectDelete } from './commands/project-delete.ts'
import { projectList } from './commands/project-list.ts'
import { projectRename } from './commands/project-rename.ts'
import { projectUse } from './commands/project-use.ts'
import { tokenCreate } from './commands/token-create.ts'
import { tokenList } from './commands/token-list.ts'
import { tokenRevoke } from './commands/token-revoke.ts'
import { tokenRotate } from './commands/token-rotate.ts'
import { tunnelCut } from './commands/tunnel-cut.ts'
import { tunnelList } from './commands/tunnel-list.ts'
import { up } from './commands/up.ts'
import { webttyExec } from './commands/webtty-exec.ts'
import { webttyServer } from './commands/webtty-server.ts'
import { webttyList } from './commands/webtty-list.ts'
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
const MACHINES: readonly Group[] = [['webtty', 'Terminals, commands and files on any machine', webttyServer, webttyList, webttyExec]]

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
    GROUPS.map((group) => buildGroup(io, group)),
    'Look and manage:',
  )
  addAll(program, [events(io), audit(io), whoami(io), doctor(io), agentCheck(io)], 'Look and manage:')
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
