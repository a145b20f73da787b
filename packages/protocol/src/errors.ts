/** Owns every error a user, peer or program can see: one row each, and the one class that carries them. */

/** How an error is told on each surface. */
export interface ErrorRow {
  /** HTTP status. */
  readonly http: number
  /** JSON-RPC code (reserved range -32000..-32099 for ours). */
  readonly rpc: number
  /** Exit status of the command line. */
  readonly exit: number
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean
  /** One sentence; `{key}` is filled from the details. */
  readonly sentence: string
  /** What to do next; `{key}` is filled from the details. */
  readonly next: string
}

type RowParts<Sentence, Next> = readonly [
  http: number,
  rpc: number,
  exit: number,
  retryable: boolean,
  sentence: Sentence,
  next: Next,
]

/** The texts keep their types, as these tell which details a row needs. */
const row = <const Sentence extends string, const Next extends string>(
  ...[http, rpc, exit, retryable, sentence, next]: RowParts<Sentence, Next>
) => ({ http, rpc, exit, retryable, sentence, next })

/** The table; docs/reference/errors.md is generated from it. Exit statuses: 1 our bug, 2 usage, 3 not there, 4 refused, 5 conflict, 6 unreachable, 7 over a bound, 8 a check failed, 255 a machine was lost. */
export const ERRORS = {
  INTERNAL: row(500, -32603, 1, false, 'Something broke on our side (error id {id}).', 'Report the error id; the log of the process that failed has the details.'),
  THREAD_UNWRITABLE: row(507, -32603, 1, true, 'The thread {id} cannot be written: {problem}', 'Make room on the disk of its file, then send the message again; what was written before is kept.'),
  THREAD_TAKEN: row(409, -32600, 5, false, 'The thread {id} was taken over by another server.', 'Go on with it there, or take it back with towline/thread/takeover.'),
  LOCK_MISSING: row(501, -32603, 4, false, 'Threads cannot be kept on this machine: the program "flock", which locks their files, is not on the PATH of the server.', 'Install it there (on Debian "apt-get install util-linux", on Alpine "apk add flock"), then try again; threads with "ephemeral": true need none.'),
  THREAD_NONE: row(404, -32004, 3, false, 'There is no thread to go on with {place}.', 'Begin one with "towline exec PROMPT"; with --all threads of every folder count, and "towline tui resume" lists them.'),
  // what was asked
  USAGE: row(400, -32602, 2, false, '{problem}', 'Run the command with --help to see what it takes.'),
  REQUEST_INVALID: row(400, -32602, 2, false, 'The request is not valid: {problem}', 'Correct the field named in the message; /api/engine/openapi.json describes each.'),
  NAME_INVALID: row(400, -32602, 2, false, 'The name "{name}" cannot be used: {problem}', 'Use 1 to 48 of a-z, 0-9 and "-", starting and ending with a letter or digit.'),
  NAME_RESERVED: row(400, -32602, 2, false, 'The name "{name}" is reserved.', 'Choose another name.'),
  LABEL_INVALID: row(400, -32602, 2, false, 'The label "{label}" cannot be used: {problem}', 'Write labels as key=value; keys use letters, digits and ". _ - /".'),
  FILTER_INVALID: row(400, -32602, 2, false, 'The filter cannot be used: {problem}', 'Write filters as key=value,labels.key=value; the known keys are {known}.'),
  BOUNDARY_INVALID: row(400, -32602, 2, false, 'The resource boundary cannot be used: in {at}, {problem}', 'Correct that part; docs/protocol/permissions.md describes every key.'),
  TARGET_INVALID: row(400, -32602, 2, false, 'The target "{target}" cannot be used: {problem}', 'Give a port, host:port, or an http:// or https:// URL.'),
  OPTION_INVALID: row(400, -32602, 2, false, 'The option {option} cannot be "{value}": {problem}', 'Correct the value; --help shows what it takes.'),
  EDGE_OPTION_UNSUPPORTED: row(400, -32602, 2, false, 'The option {option} does not apply to a {kind} tunnel.', '{allowed}'),
  CONTROL_SURFACE_OPEN: row(400, -32602, 2, false, 'The service is marked {surface}: publishing it without authentication would let anyone control this machine.', 'Add --token-auth, or make it private with --no-publish.'),
  CONFIG_INVALID: row(500, -32602, 2, false, 'The setting {key} in {file} is not valid: {problem}', 'Correct the file or remove the setting.'),
  // who asks
  UNAUTHENTICATED: row(401, -32001, 4, false, 'The credential is missing, unknown, expired or revoked.', 'Run "towline login", or "towline up" for a server of your own.'),
  FORBIDDEN: row(403, -32002, 4, false, 'The credential lacks the permission {permission}.', 'Use a credential that holds it.'),
  LOGIN_NEEDED: row(403, -32002, 4, false, 'This is for people: the credential is of one project.', 'Log in with "towline login" and use that context.'),
  OUT_OF_BOUNDS: row(403, -32002, 4, false, 'The credential may not do that here: its resource boundary leaves it out.', 'Ask for what the boundary holds, or use a credential with a wider one.'),
  PROOF_DUPLICATE: row(400, -32001, 4, false, 'The request carries more than one proof of identity.', 'Send either the Authorization header or the towline.token query parameter, once.'),
  QUERY_TOKEN_REFUSED: row(401, -32001, 4, false, 'Query tokens are accepted only on the watch endpoints, and only short-lived list-only ones.', 'Send the token in the Authorization header, or mint one with permission tunnels.list and a life of at most 300 seconds.'),
  PROJECT_NEEDED: row(400, -32602, 2, false, 'This login reaches {count} projects, and none was named.', 'Choose one with "towline project use", or name it with --project or the Towline-Project field.'),
  SETUP_LINK_INVALID: row(404, -32001, 4, false, 'This link is unknown, used or expired.', 'Run "towline up" again on the server: it prints a new link until there is an owner.'),
  SIGN_IN_REFUSED: row(401, -32001, 4, false, 'That email address and password do not fit together.', 'Try again, or ask the owner of this server for a new link.'),
  ORIGIN_REFUSED: row(403, -32002, 4, false, 'The request came from another site.', 'Open the page of this server again and send the form from there.'),
  LOGIN_OTHER_PERSON: row(403, -32002, 4, false, 'This login was started by another person.', 'Start the login again and approve it as the person who started it.'),
  LOGIN_ENDED: row(401, -32001, 4, false, 'The login of the context "{context}" has ended, or was revoked.', 'Log in again with "towline login {url}".'),
  LOGIN_REFUSED: row(403, -32002, 4, false, 'The login was refused on the page that asked for it.', 'Start it again, and allow at least one permission.'),
  LOGIN_EXPIRED: row(400, -32001, 4, false, 'Nobody approved the login in time.', 'Run "towline login" again and approve it before the code expires.'),
  CA_UNKNOWN: row(502, -32006, 6, false, 'The certificate of {url} is signed by an authority that this machine does not know (SHA-256 {fingerprint}).', 'Compare it with what "towline up" prints on the server. When they are the same, add --ca-fingerprint {fingerprint}; or give its file with --ca-file.'),
  INTERACTION_OVER: row(400, -32602, 4, false, 'This login is over, or was started in another browser.', 'Start the login again.'),
  RATE_LIMITED: row(429, -32008, 7, true, 'Too many attempts.', 'Wait {seconds} seconds and try again.'),
  IP_REFUSED: row(403, -32002, 4, false, 'This address may not reach the tunnel.', 'Ask the owner to add the address to --trusted-ips.'),
  ORIGIN_NOT_ALLOWED: row(403, -32002, 4, false, 'Pages of this origin may not reach the tunnel.', 'Use a client that is no browser, or ask the owner to name the origin with --allow-origin.'),
  TOKEN_IN_QUERY: row(401, -32001, 4, false, 'This tunnel takes no token from the address.', 'Send it in the field "Authorization: Bearer TOKEN".'),
  HOST_REFUSED: row(421, -32002, 4, false, 'This server does not answer for that host name.', 'Use the URL that "towline up" printed.'),
  // what is there
  NOT_FOUND: row(404, -32004, 3, false, 'There is no {what} "{id}".', 'List what exists, such as with "towline tunnel list", "towline client list" or "towline project list".'),
  TUNNEL_UNKNOWN: row(404, -32004, 3, false, 'No tunnel is published under this name.', 'Check the address: "towline tunnel list" and "towline webtty list" show what runs. Start it again with "towline forward" or "towline webtty server".'),
  PAGE_UNKNOWN: row(404, -32004, 3, false, 'There is nothing at {path} on this server.', '/llms.txt and /.well-known/api-catalog list what there is.'),
  NOT_ACCEPTABLE: row(406, -32602, 2, false, 'The page {path} is not to be had as {accept}.', 'Accept text/html or text/markdown; the path with ".md" at its end is always Markdown.'),
  CONTEXT_MISSING: row(400, -32004, 3, false, 'There is no context {name}.', 'Run "towline login URL", start a server with "towline up", or see "towline context list".'),
  CONTEXT_BUSY: row(409, -32005, 5, true, 'Another process holds {file}.', 'Try again in a moment; it is free when no other "towline" changes it.'),
  TOKEN_ELSEWHERE: row(400, -32001, 4, false, 'The token of the context {context} is for {stored} and is never sent to {url}.', 'Set TOWLINE_TOKEN or TOWLINE_TOKEN_FILE for that server, or choose its context with --context.'),
  DIAL_PUBLISHED: row(400, -32002, 4, false, 'The tunnel "{name}" is published, not private.', 'Use its public address {url}.'),
  NAME_TAKEN: row(409, -32005, 5, false, 'The name "{name}" is in use by another credential.', 'Choose another name, or stop the tunnel that holds it.'),
  NAME_KEPT: row(409, -32005, 5, false, 'The name "{name}" is kept by another project.', 'Choose another name, or ask an admin of the server which project keeps it.'),
  SLUG_TAKEN: row(409, -32005, 5, false, 'The name "{name}" is taken.', 'Choose another name.'),
  PORT_IN_USE: row(409, -32005, 5, false, 'The address {address} is in use.', 'Choose another port, or stop the program that uses it.'),
  PORT_FORBIDDEN: row(403, -32002, 4, false, 'The address {address} may not be listened on: {problem}', 'Choose a port that this user may use.'),
  ALREADY_RUNNING: row(409, -32005, 5, false, 'A server already runs on the data in {dir} (process {pid}).', 'Stop it first, or choose another folder with --data.'),
  DATA_NEWER: row(500, -32005, 5, false, 'The data in {dir} was written by a newer version (schema {found}, this version knows {known}).', 'Upgrade Towline to the version that wrote it or a later one; data is never taken back to an older schema. Or choose another folder with --data.'),
  DATA_BROKEN: row(500, -32005, 5, false, 'The data in {dir} cannot be used: {problem}', 'Make the folder writable for this user, restore it from a copy, or choose another with --data.'),
  DATABASE_UNREACHABLE: row(503, -32006, 6, true, 'The database {database} cannot be reached: {problem}', 'Check that it runs, and that the address, user and password in its URL are right.'),
  EMAIL_TAKEN: row(409, -32005, 5, false, 'There is already an account with the address {email}.', 'Sign in with it, or use another address.'),
  ALREADY_MEMBER: row(409, -32005, 5, false, 'The person is already a member of this workspace.', 'Change the role instead.'),
  LAST_OWNER: row(409, -32005, 5, false, 'A workspace keeps at least one owner.', 'Make another member an owner first.'),
  IDEMPOTENCY_CONFLICT: row(409, -32005, 5, false, 'The idempotency key was used before with another request.', 'Send the same request again, or take a new key.'),
  STALE_PREVIEW: row(409, -32005, 5, false, 'The options have changed since they were read.', 'Read the creation options again, show them, and create with their fingerprint.'),
  PLAN_UNAVAILABLE: row(409, -32005, 5, false, 'The plan {plan} cannot be had: {problem}', 'Choose a plan that the creation options call available.'),
  CHECKOUT_UNPROVEN: row(403, -32002, 4, false, 'The return parameters do not prove that the checkout {id} was paid or cancelled.', 'Open the checkout page, and hand on exactly the parameters it returns with.'),
  POLICY_REFUSED: row(403, -32002, 4, false, 'The settings of the project do not allow this tunnel: {problem}.', 'Open it as the settings allow, or ask an admin of the workspace to change them.'),
  TOKEN_LIFE_REFUSED: row(403, -32002, 4, false, 'The settings of the project allow a new credential at most {most} seconds.', 'Ask for a shorter life, or ask an admin of the workspace to change maxTokenSeconds.'),
  TURN_UNCONFIGURED: row(501, -32601, 3, false, 'This server has no TURN server.', 'Ask its operator to configure one; calls without it connect directly or not at all.'),
  ROLE_NEEDED: row(403, -32002, 4, false, 'Only an {role} may do that.', 'Ask one of the workspace.'),
  CHECKOUT_ENDED: row(409, -32005, 5, false, 'The checkout {id} is {status}.', 'Start a new checkout.'),
  APPROVAL_REFUSED: row(403, -32002, 4, false, 'The person who was asked did not allow it.', 'Do not ask again unless the person wants it.'),
  APPROVAL_INVALID: row(409, -32005, 5, false, 'The approval is not for this call: it is unknown, over, used, or for other arguments.', 'Call again without approvalId; a person will be asked anew.'),
  APPROVAL_PENDING: row(409, -32005, 5, true, 'Nobody has decided yet.', 'Have the person open the approval page, then call again.'),
  APPROVAL_NOBODY: row(403, -32002, 4, false, 'No person stands behind this credential, so there is nobody to ask on a page.', 'Have the person run "towline approve" at a terminal of the machine the agent runs on.'),
  SELECTION_EMPTY: row(400, -32602, 2, false, 'Nothing was chosen to be cleaned up.', 'Name it by --label key=value, --thread or --purpose.'),
  CLEANUP_INCOMPLETE: row(409, -32005, 8, true, '{failed} of {total} could not be removed.', 'Each failed one names its code; the same cleanup may run again.'),
  // what ended
  SESSION_CLOSED: row(503, -32006, 6, false, 'This process has closed its connection to the server.', 'Connect again.'),
  TUNNEL_REPLACED: row(409, -32005, 5, false, 'Another process with the same credential took over the tunnel "{name}".', 'Stop one of the two; the newest keeps the name.'),
  TUNNEL_CUT: row(410, -32005, 5, false, 'The tunnel "{name}" was cut by {by}: {reason}', 'Ask the operator, then start the tunnel again.'),
  CLIENT_CUT: row(410, -32005, 5, false, 'This client was cut by {by}: {reason}', 'Ask the operator, then connect again.'),
  SHUTTING_DOWN: row(503, -32006, 6, true, 'The server is shutting down.', 'Try again in a moment; agents reconnect by themselves.'),
  // who cannot be reached
  OUTPUT_FAILED: row(500, -32603, 6, false, 'The output cannot be written: {problem}', 'Make room, or write it elsewhere. What was asked for may be done already.'),
  SERVER_UNREACHABLE: row(502, -32006, 6, true, 'The server {url} cannot be reached: {problem}', 'Check that it runs ("towline up") and that the address is right.'),
  SERVER_UNTRUSTED: row(502, -32006, 6, false, 'The certificate of {url} is not trusted: {problem}', "Give the server's CA with --ca-file, or take a fresh context from the server."),
  PROXY_REFUSED: row(502, -32006, 6, false, 'The proxy {proxy} does not lead to {url}: {problem}', 'Check HTTPS_PROXY and its login, or except the server by NO_PROXY.'),
  UPSTREAM_UNTRUSTED: row(502, -32006, 6, false, 'The certificate of the service {target} is not trusted: {problem}', 'Give the service a valid certificate, or switch checking off for this target only.'),
  NOT_TOWLINE: row(502, -32006, 6, false, 'The server {url} answers, but is not a Towline server: {problem}', 'Check the address and port.'),
  VERSION_SKEW: row(426, -32007, 6, false, 'The {older} is too old: this side speaks link versions {ours}, the other {theirs}.', 'Upgrade the {older}.'),
  PROTOCOL_ERROR: row(400, -32007, 6, false, 'The peer broke the link protocol: {problem}', 'Upgrade both sides; if it stays, report it with the log.'),
  AUTHORITY_UNAVAILABLE: row(503, -32006, 6, true, 'Credentials cannot be checked right now.', 'Try again in a moment.'),
  UPSTREAM_REFUSED: row(502, -32006, 6, true, 'The service behind this tunnel is not running.', 'Start the service; the tunnel is up and waits for it.'),
  UPSTREAM_RESET: row(502, -32006, 6, true, 'The service behind this tunnel broke off the connection.', 'Look at the log of the service.'),
  UPSTREAM_INVALID: row(502, -32006, 6, false, 'The service behind this tunnel did not answer with valid HTTP.', 'Check that the service speaks HTTP on that port.'),
  APP_UPSTREAM_DOWN: row(503, -32006, 6, true, 'The app-server behind this one does not answer: {problem}.', 'Try again in a moment; one that "towline app-server --upstream" has started is started again by itself.'),
  UPSTREAM_TIMEOUT: row(504, -32006, 6, true, 'The service behind this tunnel did not answer in time.', 'Look at the log of the service.'),
  TUNNEL_OFFLINE: row(502, -32006, 6, true, 'The machine that serves this tunnel is not connected.', 'It reconnects by itself; try again in a moment.'),
  PROOF_FAILED: row(500, -32603, 6, false, 'The demo step "{step}" failed: {problem}', 'Run the demo again with TOWLINE_LOG=debug; if it stays, report it with the log.'),
  AGENT_CONFLICT: row(409, -32005, 5, false, 'Another server has the name towline in {file}.', 'Rename or remove it, or put ours in its place with --force.'),
  AGENT_FILE_UNEDITABLE: row(409, -32005, 5, false, 'The entry towline in {file} is written in a way that cannot be changed alone.', 'Change it by hand to what "towline {agent} setup --print" prints.'),
  AGENT_FILE_CHANGED: row(409, -32005, 5, true, 'Another program wrote {file} meanwhile.', 'Run the same again.'),
  AGENT_START_FAILED: row(500, -32006, 8, false, 'The registered command "{command}" serves no tools: {problem}', 'Run it in a terminal to see more, or register this version anew with setup.'),
  CHECK_FAILED: row(422, -32002, 8, false, '{failed} of {total} checks of {url} failed.', 'Each failed row names its next step.'),
  WEBTTY_LOST: row(502, -32006, 255, false, 'The connection to the machine ended before the result was known: {problem}', 'The command may have run. List what still runs there, or run it again when that does no harm.'),
  // MCP servers of other machines
  REMOTE_MCP_SILENT: row(504, -32006, 6, true, 'The MCP server {url} did not answer: {problem}.', 'Try again in a moment, or give it longer. What was asked for may have been done: look before asking again.'),
  REMOTE_MCP_BROKEN: row(502, -32007, 6, false, 'The MCP server {url} does not keep to the protocol: {problem}.', 'Nothing of that answer was used. Tell who runs it.'),
  REMOTE_MCP_REFUSED: row(502, -32006, 6, false, 'The MCP server {url} refused: {problem}', 'That is the word of the server, not of Towline. Correct the arguments by the schema of the tool.'),
  REMOTE_MCP_LOGIN: row(401, -32001, 4, false, 'The MCP server {url} wants a token: {problem}.', 'Put a token for that server into a file of your own and name it with "towline mcp call --token-file"; tools for agents hand none on.'),
  REMOTE_MCP_ASKS: row(409, -32005, 5, false, 'The tool "{tool}" wants to ask a person something, which is not passed on.', 'Give what it needs in its arguments, or call it from a client of its own.'),
  REMOTE_TOOL_UNKNOWN: row(404, -32004, 3, false, 'There is no tool "{tool}" at {url}.', 'List them with "towline mcp tools {url}".'),
  REMOTE_TOOL_CHANGED: row(409, -32005, 5, false, 'The tool "{tool}" of {url} is not what it was when it was looked at.', 'List the tools again, look at what changed, then decide anew.'),
  // processes of a webtty server
  PROCESS_UNKNOWN: row(404, -32004, 3, false, 'There is no process "{id}" here, or its resume token is not valid.', 'List what runs with "towline webtty ps"; results are kept for ten minutes.'),
  PROCESS_CONFLICT: row(409, -32005, 5, false, 'The process "{id}" was started with another request.', 'Send the same request again, or take a new process id.'),
  PROCESS_TAKES_NO_INPUT: row(409, -32005, 5, false, 'The process "{id}" takes no more input: {problem}', 'Start it with --stdin, and write before its input ends.'),
  PROCESS_INVALID: row(400, -32602, 2, false, 'The process cannot be started as asked: {problem}', 'Correct the request.'),
  COMMAND_UNKNOWN: row(404, -32004, 127, false, 'The command "{command}" was not found.', 'Install it on that machine, or give its whole path.'),
  COMMAND_REFUSED: row(403, -32002, 126, false, 'The command "{command}" cannot be executed: {problem}', 'Name a program, and make it executable for the user that the server runs as.'),
  FOLDER_UNKNOWN: row(404, -32004, 3, false, 'The working folder "{cwd}" does not exist.', 'Name a folder that exists on that machine.'),
  FOLDER_INVALID: row(400, -32602, 2, false, 'The working folder "{cwd}" is not a folder.', 'Name a folder, not a file.'),
  FOLDER_REFUSED: row(403, -32002, 4, false, 'The working folder "{cwd}" may not be entered by the user that the server runs as.', 'Name another folder, or change its permissions.'),
  ENV_REFUSED: row(400, -32602, 2, false, 'The environment variable "{name}" may not be set by a client: {problem}', 'Leave it out; "env NAME=value command" sets it for one command.'),
  PTY_UNAVAILABLE: row(501, -32601, 3, false, 'This machine cannot open terminals: {problem}', 'Run commands without a terminal, or install the server with its optional dependencies on a glibc Linux (x64 or arm64).'),
  SPAWN_FAILED: row(503, -32006, 6, true, 'The process could not be started: {problem}', 'Look at the free memory, processes and file descriptors of that machine.'),
  // exec-server
  SANDBOX_MISSING: row(501, -32002, 4, false, 'The sandbox cannot be enforced on this machine: {problem}', 'Install bubblewrap there (on Debian "apt-get install bubblewrap") and see that its user may use namespaces, or have a person allow the command without a sandbox.'),
  SANDBOX_UNSUPPORTED: row(501, -32002, 4, false, 'The sandbox that was asked for cannot be enforced: {problem}', 'Ask for another sandbox, or have a person allow the command without one.'),
  SANDBOX_REFUSED: row(403, -32002, 4, false, 'The sandbox does not let this client {access} {path}.', 'Keep to the folders that the sandbox holds, or have a person allow more.'),
  EXEC_FILE_TOO_LONG: row(413, -32008, 7, false, 'The file {path} is longer than {limit} bytes.', 'Read it in blocks, or a part of it by a command.'),
  EXEC_FOLDER_TOO_LONG: row(413, -32008, 7, false, 'The folder {path} has more than {limit} entries.', 'List a part of it by a command.'),
  CODEX_ENV_TAKEN: row(409, -32005, 5, false, 'The environment "{id}" in {file} was not added by this program.', 'Choose another name with --id, or change the file by hand.'),
  EXEC_BRIDGE_UNSUPPORTED: row(501, -32601, 3, false, 'The WebTTY server {url} does not say how Towline is started on its machine.', 'Update Towline on that machine and start its server again.'),
  // machines reached by SSH
  SSH_CLIENT_MISSING: row(501, -32601, 3, false, 'There is no OpenSSH client on this machine.', 'Install it (on Debian the package openssh-client) and see that "ssh" is in PATH.'),
  SSH_HOST_UNKNOWN: row(404, -32004, 3, false, 'There is no machine "{host}" that SSH finds.', 'See "towline ssh --list" for the hosts of your SSH configuration, or give the whole name of the machine.'),
  SSH_UNREACHABLE: row(502, -32006, 6, true, 'The machine {host} cannot be reached by SSH: {problem}', 'See that it runs and that "ssh {host}" gets there.'),
  SSH_KEY_UNKNOWN: row(502, -32002, 4, false, 'The key of {host} is not the one that SSH knows, or none is known.', 'Run "ssh {host}" once and compare the fingerprint that it shows.'),
  SSH_REFUSED: row(403, -32002, 4, false, 'The machine {host} let us not in by SSH: {problem}', 'Run "ssh {host}" to see what it asks for; the same keys, agent and passwords count here.'),
  SSH_SHELL_UNUSABLE: row(502, -32006, 4, false, 'The account on {host} runs no "sh": {problem}', 'Use an account that may run commands; try "ssh {host} sh -c true".'),
  SSH_PROGRAM_MISSING: row(404, -32004, 3, false, 'There is no program "{program}" on {host} that its login shell finds.', 'Install Towline there (docs/guide/ssh.md), or say where it is with --program /path/to/towline.'),
  SSH_NOISE: row(502, -32006, 6, false, 'The machine {host} sent something else than was started there, such as: {noise}', 'See what "ssh {host} sh -c true" prints, and keep the files of its shell from printing that without a terminal.'),
  SSH_SILENT: row(504, -32006, 6, true, 'Nothing was started on {host} within {seconds} seconds.', 'The files of its login shell may wait for something; see how long "ssh {host}" takes.'),
  SSH_ENDED: row(502, -32006, 255, true, 'The connection to {host} ended: {problem}', 'Connect again; what an app-server there works on goes on.'),
  // app-server
  REPLAY_TOO_OLD: row(410, -32600, 3, false, 'What followed event {seq} of the thread {id} is not kept any more.', 'Read it whole with thread/resume, and go on from the events that follow.'),
  CONFIG_CHANGED: row(409, -32005, 5, true, '{file} was written since it was read.', 'Read it again, then decide.'),
  // environments of agents
  ENVIRONMENT_UNREACHABLE: row(502, -32603, 6, true, 'exec-server connection attempt failed: {problem}', 'Look whether its machine and server run; it is connected to anew when it is used next.'),
  ENVIRONMENT_LOST: row(502, -32603, 255, false, 'The environment was lost: {problem}', 'The command may have run. Look what it did there before running it again.'),
  ENVIRONMENT_SILENT: row(504, -32603, 6, true, 'The environment did not answer {method} within {seconds} seconds.', 'Look whether its machine and server run. What was asked for may have been done.'),
  // services that a machine exposes
  EXPOSE_OFF: row(403, -32002, 4, false, 'This machine exposes no services: its server was started with --no-expose.', 'Ask whoever runs it to start it without --no-expose.'),
  EXPOSE_NEEDS_RELAY: row(409, -32005, 4, false, 'This machine can open no tunnel: its server was started with --listen, without a relay.', 'Start it with "towline webtty server --name NAME", and reach it as tow://NAME.'),
  EXPOSE_UNSUPPORTED: row(501, -32601, 6, false, 'The server of this machine is too old to expose services.', 'Upgrade Towline there and start its server again.'),
  EXPOSE_HOST_REFUSED: row(403, -32002, 4, false, 'The machine does not expose {host}: {problem}', 'Expose a port of the machine itself. Other hosts must be named by "towline webtty server --expose-hosts"; link-local and metadata addresses are never exposed.'),
  EXPOSURE_UNKNOWN: row(404, -32004, 3, false, 'There is no exposure "{id}" on that machine.', 'List them with "towline webtty exposed"; all end with the server that opened them.'),
  EXPOSURE_CONFLICT: row(409, -32005, 5, false, 'The exposure "{id}" was made with another request.', 'Send the same request again, or take a new id.'),
  EXPOSURE_DIFFERS: row(502, -32002, 8, false, 'What comes through {url} is not what the service answers on its machine: {difference}', 'Look at both answers; a service that looks at the Host field may need --host-header.'),
  MACHINE_SILENT: row(502, -32006, 255, true, 'The machine "{machine}" does not answer. What it exposes: {exposures}. When its server has ended they go within {seconds} seconds; when only its network broke they come back with it.', 'Try again in a moment. To end one now: "towline tunnel cut NAME".'),
  // end-to-end encryption of webtty
  E2E_SERVER_UNKNOWN: row(403, -32002, 4, false, 'The server "{name}" asks for end-to-end encryption, and no known server says which key is its own. Nothing was sent to it.', 'Ask who runs it for the key, which "towline webtty identity show --endpoint-identity" prints there, then run: {command}'),
  E2E_SERVER_CHANGED: row(403, -32002, 4, false, 'The server "{name}" shows another key than the one you pinned ({pinned}). Nothing was sent to it: someone in between may pose as it.', 'Ask who runs it whether the key was replaced, by another way than this one. Only if so, run: {command}'),
  E2E_SERVER_AMBIGUOUS: row(400, -32602, 2, false, 'It is not clear which known server "{name}" is meant: it is pinned for {projects}.', 'Name the project with --project, as it stands in the list of known servers.'),
  E2E_REQUIRED: row(403, -32002, 4, false, 'The server "{name}" is pinned, and so must be encrypted end to end, but it does not encrypt. Nothing was sent to it.', 'Start the server with --identity. If it is to go without encryption from now on, run: {command}'),
  E2E_CLIENT_UNAUTHORIZED: row(403, -32002, 4, false, 'The server "{name}" does not know this client ({fingerprint}), or no longer lets it in.', 'Have who runs it add this client there: {command}'),
  E2E_IDENTITY_UNSAFE: row(400, -32602, 4, false, '{file} cannot be trusted: {problem}', 'Look at who changed it, then correct owner and mode.'),
  E2E_IDENTITY_UNKNOWN: row(404, -32004, 3, false, 'There is no identity "{name}" on this machine.', 'List them with "towline webtty identity list", or make it with "towline webtty identity create {name}".'),
  E2E_ENTRY_TAKEN: row(409, -32005, 5, false, 'The {what} "{name}" is there already, with another key.', 'Remove it first; a key is never replaced silently.'),
  E2E_KEY_INVALID: row(400, -32602, 2, false, 'That is no endpoint identity: {problem}', 'Copy the whole line that "towline webtty identity show --endpoint-identity" prints; it begins with wtyid1.'),
  E2E_TAMPERED: row(502, -32006, 6, false, 'The encrypted connection was broken off: {problem}.', 'Connect again. If it stays, someone in between changes what is sent, or the two sides do not speak of the same server.'),
  E2E_HANDSHAKE_FAILED: row(502, -32006, 6, true, 'The encrypted connection was not made: {problem}.', 'Try again in a moment; if it stays, look at the log of the server, and compare its key with the pinned one.'),
  LOCAL_FILE: row(400, -32602, 3, false, 'The file {file} of this machine cannot be used: {problem}', 'Check its path and permissions.'),
  BROWSER_ENDPOINT_MISSING: row(404, -32004, 3, false, 'The machine "{name}" has no browser endpoint.', 'Start its server without --no-publish, or use "towline webtty client".'),
  BROWSER_ENCRYPTED: row(409, -32005, 2, false, 'The browser page does not go through end-to-end encryption, which "{name}" asks for.', 'Use "towline webtty client", or serve by another server without --identity.'),
  SERVICE_FAILED: row(500, -32603, 6, false, 'The service was written but not started: "{command}" failed: {problem}', 'Run that command by hand; without systemd, run "towline webtty server" by what starts programs on this machine.'),
  // bounds
  LIMIT_REACHED: row(429, -32008, 7, true, 'The limit {limit} ({value}) is reached.', 'Close what is not needed, or ask the operator to raise it.'),
  BUSY: row(503, -32008, 7, true, 'This tunnel has too many connections right now.', 'Try again in a few seconds.'),
  AGENT_BUSY: row(503, -32000, 7, true, '{running} calls run and {waiting} wait already.', 'Wait for answers, then call again.'),
  CALL_CANCELLED: row(499, -32002, 1, true, 'The call was cancelled.', 'Call again when it is wanted.'),
  POLICY_DENIED: row(403, -32002, 4, false, 'The policy of this workstation does not allow {tool} here: {rule}', 'Do not try other ways; tell the person, who can change the policy file.'),
  SECRET_REFUSED: row(400, -32602, 2, false, 'The secret {reference} cannot be used: {problem}', 'Give secret://env/NAME, secret://file/ABSOLUTE/PATH of a file that only its owner may read, or a reference that a tool answered.'),
  LOGIN_UNKNOWN: row(404, -32004, 3, false, 'No login {id} is under way here.', 'Start it again with towline_auth_start.'),
  POLICY_INVALID: row(409, -32602, 2, false, 'The policy file {file} is not valid at {key}: {problem}', 'Correct it and look at it with "towline policy check"; until then only tools that change nothing are let through.'),
  APPROVAL_UNREACHABLE: row(403, -32002, 4, false, 'A person has to allow {tool} and cannot be asked: {problem}', 'Tell the person; "towline policy show" tells which ways to say yes count.'),
  APPROVAL_TOO_LONG: row(413, -32008, 7, false, 'The arguments have {chars} characters; a person can be shown {limit}.', 'Split the call, or put what is long into a file first: people are asked only about what they can see whole.'),
  RECORD_FAILED: row(503, -32006, 6, true, 'What agents do here cannot be recorded, so nothing was done: {problem}', 'Tell the person; it needs room and write permission in the state folder.'),
  // supervisor of this machine's managed tunnels
  PORT_SILENT: row(502, -32006, 6, true, 'Nothing answers at {address}: {problem}. Nothing was exposed.', 'Start the service first, or name the port that it listens on, then ask again.'),
  LOCAL_UNKNOWN: row(404, -32004, 3, false, 'There is no managed tunnel "{id}" on this machine.', 'See what there is with "towline local list".'),
  LOCAL_NAME_HELD: row(409, -32005, 5, false, 'The managed tunnel {id} of this machine has the name "{name}" already, for another request.', 'Stop it with "towline local stop {id}", or choose another name.'),
  LOCAL_START_FAILED: row(503, -32006, 6, true, 'The supervisor of managed tunnels did not start: {problem}', 'Read {log}, then try again; "towline local serve" starts it by hand.'),
  LOCAL_SILENT: row(503, -32006, 6, true, 'The supervisor of managed tunnels (process {pid}) does not answer.', 'Try again. If it stays silent, read {log} and end that process; its tunnels end with it and are listed as lost.'),
  LOCAL_GONE: row(503, -32006, 6, true, 'The supervisor of managed tunnels ended before it answered.', 'See with "towline local list" what became of it, then ask again.'),
  LOCAL_VERSION: row(409, -32007, 6, false, 'The supervisor that runs is of {theirs}, this is {ours}, and it is busy: {tunnels} managed tunnels, {approvals} approvals.', 'Use the version that started it, or end all it keeps with "towline local stop --all".'),
  APPROVAL_UNKNOWN: row(404, -32004, 3, false, 'Nothing waits for approval under "{id}".', 'See what waits with "towline approvals"; what is over has to be asked anew.'),
  TERMINAL_NEEDED: row(403, -32002, 4, false, 'Only a person at a terminal may answer that.', 'Have the person run "{command}" in a terminal of their own.'),
  ANSWER_TOO_LONG: row(413, -32008, 7, false, 'The answer is longer than {limit} characters.', 'Ask for less: a smaller limit, a shorter span of time, or one item.'),
  PAYLOAD_TOO_LARGE: row(413, -32008, 7, false, 'The body is longer than {limit} bytes.', 'Send less.'),
  HEAD_INVALID: row(400, -32600, 2, false, 'The request head is not valid HTTP: {problem}', 'Correct the client; ambiguous requests are refused.'),
  HEAD_TOO_LARGE: row(431, -32600, 7, false, 'The request head is too large.', 'Send fewer or shorter header fields.'),
  REQUEST_TIMEOUT: row(408, -32006, 6, true, 'The request head did not arrive in time.', 'Send the request again.'),
  METHOD_UNSUPPORTED: row(405, -32601, 2, false, 'The method {method} is not supported here.', 'Use another method.'),
  CODING_UNSUPPORTED: row(501, -32601, 2, false, 'The transfer coding of the request is not supported.', 'Send the body with Content-Length, or with "Transfer-Encoding: chunked" alone.'),
  HTTP_VERSION_UNSUPPORTED: row(505, -32601, 2, false, 'This HTTP version is not supported here.', 'Use HTTP/1.1, or HTTP/2 over TLS.'),
  EXPECTATION_FAILED: row(417, -32601, 2, false, 'The request expects something that is not supported.', 'Send "Expect: 100-continue" or no Expect field.'),
  // clients of an app-server
  REMOTE_TOKEN_UNSAFE: row(400, -32602, 2, false, '`--remote-auth-token-env` requires a wss://, tow:// or loopback ws:// remote.', 'Reach it by wss:// or tow://; a token is never sent where others could read it.'),
  REMOTE_TOKEN_UNSET: row(400, -32602, 2, false, 'Environment variable `{name}` is not set.', 'Put the token of the app-server there, or name another variable.'),
  APP_SERVER_UNREACHABLE: row(502, -32006, 6, true, 'Failed to connect to remote app server at `{url}`: {problem}', 'Check the address, and that "towline app-server" runs there.'),
  APP_SERVER_REFUSED: row(401, -32001, 4, false, 'Failed to connect to remote app server at `{url}`: HTTP error: {status}', 'Name the variable that holds its token with --remote-auth-token-env NAME.'),
  APP_SERVER_LOST: row(502, -32006, 6, true, 'The connection to the app-server ended before it answered {method}.', 'Try again; a thread goes on with "towline tui resume".'),
  APP_SERVER_SILENT: row(504, -32006, 6, true, 'The app-server did not answer {method} within {seconds} seconds.', 'Try again, or start it anew; its threads are kept.'),
  APP_SERVER_START_FAILED: row(503, -32006, 6, true, 'The app-server of this machine did not start: {problem}', 'Run "towline app-server --stdio" by hand to see why.'),
  APP_SERVER_ERROR: row(502, -32603, 4, false, 'The app-server refused {method}: {problem}', 'Correct what it names; "towline tui resume --all" shows its threads.'),
  APP_ADDRESS_INVALID: row(400, -32602, 2, false, 'The address "{target}" of an app-server cannot be used: {problem}', 'Write ws://host:port, wss://host:port, unix:///PATH, tow://name or ssh://host.'),
  TURN_FAILED: row(502, -32603, 1, false, 'The turn failed: {problem}', 'What was said and done is kept. Put that right, then go on with "towline exec resume" or "towline tui resume".'),
  MODEL_UNNAMED: row(400, -32600, 2, false, 'No model is chosen.', 'Write model = "NAME" and its provider into config.toml in the home of the app-server (docs/guide/app-server.md), or name one with --model.'),
  MODEL_REFUSED: row(502, -32603, 1, false, 'The model endpoint does not take the key: {problem}', 'Where the app-server runs, put the key into the variable that env_key in config.toml names, and start it again.'),
  MODEL_UNREACHABLE: row(502, -32603, 1, true, 'The model endpoint did not answer: {problem}', 'Check base_url in config.toml where the app-server runs, and that the endpoint does; then go on with "towline exec resume".'),
  ANSWER_SHAPELESS: row(502, -32603, 1, false, 'The last message does not keep to the schema: {problem}', 'Use a model and an endpoint that keep to an output schema (text.format), or ask without --output-schema.'),
  APP_HOME_UNUSABLE: row(500, -32603, 2, false, 'The home {dir} of the app-server cannot be used: {problem}', 'Make it a folder that this user may write, or choose another with --home.'),
  // files of a machine (docs/protocol/fs.md)
  FILES_ENCRYPTED: row(409, -32005, 2, false, 'Files do not go through end-to-end encryption, which "{name}" asks for.', 'Serve files by another server without --identity, or move them through "towline webtty exec --stdin".'),
  FILES_OFF: row(404, -32004, 3, false, 'The machine "{name}" serves no files.', 'Start its server with a folder, such as "towline webtty server --fs-root /srv/app"; commands run there without.'),
  FILES_UNAVAILABLE: row(501, -32601, 2, false, 'The folder {root} cannot be served: {problem}', 'Choose a folder this user may read with --fs-root, or serve without files.'),
  FILE_PATH_INVALID: row(400, -32602, 2, false, 'The path cannot be used: {problem}', 'Paths are UTF-8, relative to the folder that is served, and percent-encoded once in queries.'),
  FILE_OUTSIDE: row(403, -32002, 4, false, 'The path leads out of the folder that is served, or the server may not do that there.', 'Ask for something in the folder; whoever runs the server chooses it with --fs-root.'),
  FILE_READ_ONLY: row(403, -32002, 4, false, 'Files are served read-only here.', 'Ask whoever runs the server to start it without --fs-read-only.'),
  FILE_NOT_FOUND: row(404, -32004, 3, false, 'There is nothing at that path.', 'List the folder above it; missing folders are made only when asked.'),
  FILE_EXISTS: row(409, -32005, 5, false, 'There is already something at that path.', 'Choose another path, or say that it may be overwritten.'),
  FILE_IS_FOLDER: row(409, -32005, 5, false, 'The path is a folder.', 'Name a file, or use a verb for folders.'),
  FILE_NOT_FOLDER: row(409, -32005, 5, false, 'A part of the path is no folder.', 'List the folder above it.'),
  FILE_NOT_EMPTY: row(409, -32005, 5, false, 'The folder is not empty.', 'Say that it may be removed with all it holds.'),
  FILE_IS_ROOT: row(403, -32002, 4, false, 'The served folder itself can be neither removed, moved nor replaced.', 'Name something in it.'),
  FILE_INTO_ITSELF: row(409, -32005, 5, false, 'A folder cannot be moved into itself.', 'Choose another target.'),
  FILE_OTHER_DEVICE: row(409, -32005, 5, false, 'The two paths are on different devices, so nothing can be moved between them at once.', 'Copy it, then remove the original.'),
  FILE_SPECIAL: row(403, -32002, 4, false, 'The path is a pipe, a socket or a device.', 'Only files and folders are served.'),
  FILE_BUSY: row(423, -32005, 5, true, 'The file is in use.', 'Try again when the other transfer has ended.'),
  FILE_CHANGED: row(412, -32005, 5, false, 'The file is not what the request expects: it was changed, made or removed since.', 'Read it again, then decide.'),
  FILE_TOO_LARGE: row(413, -32008, 7, false, 'The file is longer than {limit} bytes.', 'Use a resumable upload for a long file; the information of the server tells the bounds.'),
  FILE_NO_SPACE: row(507, -32008, 7, true, 'There is no room left for the file.', 'Make room on the machine, then try again.'),
  FILE_RANGE_INVALID: row(416, -32602, 2, false, 'None of the ranges can be served of {size} bytes.', 'Ask for few ranges that begin within the file.'),
  FILE_DIGEST_MISMATCH: row(422, -32005, 5, true, 'The bytes that arrived are not those of the digest; nothing was changed.', 'Send the file again.'),
  FILE_CHECKSUM_MISMATCH: row(460, -32005, 5, true, 'The bytes of this part are not those of its checksum; they were dropped.', 'Send the part again.'),
  FILE_TRANSFER_CUT: row(502, -32006, 6, true, 'The transfer of {path} was cut off at {offset} bytes, {tries} times in a row.', 'Try again; it goes on where it was.'),
  FILE_LENGTH_MISMATCH: row(400, -32602, 2, false, 'The body has fewer or more bytes than it said.', 'Send the file again.'),
  FILE_ARCHIVE_REFUSED: row(422, -32602, 2, false, 'The archive is refused at its entry {entry}: {problem}', 'Entries are files and folders with relative paths; links and devices are not taken.'),
  UPLOAD_UNKNOWN: row(404, -32004, 3, false, 'There is no such upload: it never was, was removed, or expired.', 'Start the upload again.'),
  UPLOAD_OFFSET: row(409, -32005, 5, true, 'The upload is at {offset}, not at the offset of the request.', 'Ask for its offset with HEAD and go on from there.'),
  UPLOAD_VERSION: row(412, -32007, 6, false, 'Uploads here speak tus 1.0.0.', 'Send Tus-Resumable: 1.0.0.'),
} as const satisfies Record<string, ErrorRow>

/** The stable code of an error. */
export type ErrorCode = keyof typeof ERRORS

/** Values that fill a sentence; never secrets. */
export type ErrorDetails = Readonly<Record<string, string | number>>

type Placeholder<Text extends string> = Text extends `${string}{${infer Key}}${infer Rest}`
  ? Key | Placeholder<Rest>
  : never

type Needed<Code extends ErrorCode> = Placeholder<(typeof ERRORS)[Code]['sentence' | 'next']>

/** What follows the code: a value for each placeholder of its row, or of all rows that it may be. */
type Filling<Code extends ErrorCode> = [Needed<Code>] extends [never]
  ? [details?: ErrorDetails, options?: ErrorOptions]
  : [details: Readonly<Record<Needed<Code>, string | number>> & ErrorDetails, options?: ErrorOptions]

/** An error as it goes over a wire or into JSON output. */
export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  readonly next: string
  readonly retryable: boolean
  readonly details?: ErrorDetails
}

const PLACEHOLDER = /\{(\w+)\}/g

/** Only a peer leaves a detail out, as types hold us to them; what it said itself, with all in it, is told instead. */
const fill = (text: string, details: ErrorDetails, said?: unknown): string => {
  const isThere = ([, key]: RegExpExecArray): boolean => Object.hasOwn(details, key as string)
  if (typeof said === 'string' && ![...text.matchAll(PLACEHOLDER)].every(isThere)) return printable(said)
  return text.replace(PLACEHOLDER, (_, key: string) => printable(String(details[key] ?? '(not told)')))
}

/** Replaces control characters, so that hostile input can break neither a terminal nor a log line. */
export const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what this removes
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')

class RowError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails
  /** Of a peer. */
  #advice: string | undefined

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(fill(ERRORS[code].sentence, details), options)
    this.name = 'AppError'
    this.code = code
    this.details = details
  }

  get row(): ErrorRow {
    return ERRORS[this.code]
  }

  get next(): string {
    return this.#advice ?? fill(this.row.next, this.details)
  }

  toJSON(): ErrorBody {
    const { code, message, next, details } = this
    const body = { code, message, next, retryable: this.row.retryable }
    return Object.keys(details).length > 0 ? { ...body, details } : body
  }

  /** The error a peer sent; unknown codes become PROTOCOL_ERROR, so that an old side still says something true. */
  static from(body: unknown): AppError {
    const { code, details, message, next } = (body ?? {}) as Partial<Record<keyof ErrorBody, unknown>>
    if (typeof code !== 'string' || !Object.hasOwn(ERRORS, code)) {
      const problem = typeof message === 'string' ? message : 'an error without a code'
      return new AppError('PROTOCOL_ERROR', { problem })
    }
    const error = new RowError(code as ErrorCode, flat(details))
    error.message = fill(error.row.sentence, error.details, message)
    error.#advice = fill(error.row.next, error.details, next)
    return error
  }
}

/** Every error we raise on purpose. Anything else that is thrown is a bug and is answered as INTERNAL. */
export type AppError = RowError
/** Typed apart from the class, whose constructor can have no type of its own for each code. */
export const AppError: {
  readonly prototype: AppError
  new <Code extends ErrorCode>(code: Code, ...filling: Filling<Code>): AppError
  from(body: unknown): AppError
} = RowError

const flat = (details: unknown): ErrorDetails =>
  typeof details === 'object' && details !== null
    ? Object.fromEntries(
        Object.entries(details).filter((entry): entry is [string, string | number] =>
          ['string', 'number'].includes(typeof entry[1]),
        ),
      )
    : {}
