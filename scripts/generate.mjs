/** Writes the reference pages and README's status table from the tables in the code; `--check` only compares. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { appMethods } from './lib/app-methods.mjs'
import { cliPage } from './lib/cli-page.mjs'
import { configPage } from './lib/config-page.mjs'
import { table } from './lib/markdown.mjs'
import { policyPage } from './lib/policy-page.mjs'
import { root } from './lib/run.mjs'
import { statusTable } from './lib/status-table.mjs'
import { toolsPage } from './lib/tools-page.mjs'

const { APP_METHODS, ERRORS, LIMIT_TABLE, PERMISSIONS, permissionsOfRole, ROLES, useCasePermissions, USE_CASES } =
  await import(new URL('../packages/protocol/dist/index.js', import.meta.url))

const page = (title, intro, body) =>
  `# ${title}\n\n<!-- Made by \`node scripts/generate.mjs\`; edit the table in the code instead. -->\n\n${intro}\n\n${body}\n`

const errors = () => {
  const head = ['code', 'HTTP', 'JSON-RPC', 'exit', 'retry', 'sentence', 'what to do next']
  const rows = Object.entries(ERRORS).map(([code, row]) => [
    ...[`\`${code}\``, row.http, row.rpc, row.exit, row.retryable ? 'yes' : 'no'],
    ...[row.sentence, row.next],
  ])
  const intro = `Every error has a stable code, one sentence and a next step: the same on the command line, over HTTP and on links.
\`retry\` says whether the same call may succeed later without a change.

Exit statuses: 0 done, 1 a fault of ours, 2 wrong use, 3 not there, 4 refused, 5 conflict, 6 unreachable, 7 over a bound,
8 a check failed, 130 interrupted.`
  return page('Errors', intro, table(head, rows))
}

const limits = () => {
  const rows = Object.entries(LIMIT_TABLE).map(([name, row]) => [`\`${name}\``, row.value, row.unit, row.at])
  const intro = 'Every queue, frame, window, count and wait is bounded. The last column says what happens at the bound.'
  return page('Limits', intro, table(['name', 'value', 'unit', 'at the bound'], rows))
}

const names = (list) => list.map((name) => `\`${name}\``).join(', ')

const permissions = () => {
  const rows = Object.entries(PERMISSIONS).map(([name, { words, rules, scope, useCases }]) => [
    `\`${name}\``,
    words,
    names(rules.map(({ resource, action }) => `${resource} ${action}`)),
    scope ? `\`${scope}\`` : '',
    useCases.join(', '),
  ])
  const cases = Object.entries(useCasePermissions()).map(([name, list]) => [name, USE_CASES[name], names(list)])
  const roles = ROLES.map((role) => [role, names(permissionsOfRole(role))])
  const intro = `What a credential may hold. The name of a permission is its OAuth scope. An operation requires rules; a credential needs, for
each, a permission that has it. \`scope\` is the key of \`tunnels\` in a resource boundary that bounds the permission further:
[permissions and resource boundaries](../protocol/permissions.md) tells how all of it is decided.`
  const body = [
    table(['permission', 'what it allows', 'rules', 'scope', 'use cases'], rows),
    '## Use cases',
    table(['use case', 'for', 'permissions'], cases),
    '## Roles',
    'What a member of a workspace may do at most, and with it every credential of that member.',
    table(['role', 'permissions'], roles),
  ]
  return page('Permissions', intro, body.join('\n\n'))
}

const CONFIG = `The JSON file of \`towline up --config FILE\`. Every key may be left out; one that is not known is refused, and
\`CONFIG_INVALID\` names file, key and problem. Nothing is started by a file that is not valid.

A **secret** is a text, \`{ "file": "path" }\` (a path beside this file; a line break at its end does not count) or
\`{ "env": "NAME" }\`. A file that holds a secret itself must be readable by its owner only (\`chmod 600\`). A **URL** is https, or
http to the machine itself.`

const TOOLS = `What \`towline mcp serve\` and \`towline mcp publish\` offer to agents. Every tool also takes \`approvalId\`: from an answer with
\`approvalRequired\`, once a person allowed that very call. [Codex](../guide/codex.md) and [Claude Code](../guide/claude.md) tell how
they are used, and when a person is asked.`
const POLICY = `What agents may do from this machine: the JSON file \`policy.json\` in the state folder (\`TOWLINE_HOME\`, else
\`~/.local/share/towline\`). \`towline policy check\` checks it, \`towline policy show\` prints what holds, and \`towline policy test\`
says what is decided about a call without making it. It is read anew when it changed.

The first rule that matches decides; all of its keys have to match. Without one the risk of the call decides, as below. \`deny\` is
final: no person and no approval overrides it. While the file is not valid, or others may write it, only tools that change nothing
are let through, and \`POLICY_INVALID\` names the key.

In **patterns** \`*\` is any rest; nothing else is special. One with a \`/\` matches a path, which is made plain before (\`..\`, \`//\`):
\`*\` stays within a part, \`**\` is any number of parts. \`path\`, \`from\` and \`to\` begin at the folder that is served, so \`a\` and \`/a\`
are the same there. A list such as \`argv\` is matched word by word, \`**\` is any number of words: \`systemctl restart *\` matches neither
\`systemctl restart a b\` nor \`sh -c "systemctl restart a"\`. To keep programs from being run, allow those that may: a deny by
the name of a program is no fence, as there are many ways to start one.

Where it cannot be told whether a rule matches, such as by a label that the inventory does not know, an \`allow\` does not match, and
a \`deny\` or \`ask\` does. Labels and names are what hosts say of themselves: whoever may open tunnels in the project may choose them.

**How a yes is given**: \`form\` in the agent's own client, \`page\` on the page of the server after signing in, \`terminal\` by
\`towline approve\` on this machine. A program that has a shell of yours can answer at a terminal, and a client may answer for you: where
agents are not trusted that far, leave \`page\` alone in \`approve\`. What makes or hands out credentials is never allowed by a form.`

/** A page written by hand, but for what stands between two comments. */
const filled = (path, name, body) => {
  const text = read(path)
  const place = new RegExp(`(?<=<!-- ${name} -->\\n)[\\s\\S]*(?=<!-- /${name} -->)`)
  if (!place.test(text)) throw new Error(`${path} lacks the ${name} markers`)
  return text.replace(place, () => `${body}\n`)
}

const PAGES = {
  'docs/reference/errors.md': errors,
  'docs/reference/limits.md': limits,
  'docs/reference/permissions.md': permissions,
  'docs/reference/config.md': async () => page('Settings of a server', CONFIG, await configPage()),
  'docs/reference/policy.md': async () => page('Policy of a workstation', POLICY, await policyPage()),
  'docs/reference/cli.md': async () => page('Command line', 'Every command, as `--help` tells it.', await cliPage()),
  'docs/reference/mcp-tools.md': () => page('Tools for agents', TOOLS, toolsPage()),
  'docs/protocol/app-server.md': () => filled('docs/protocol/app-server.md', 'methods', appMethods(APP_METHODS)),
  'README.md': () => filled('README.md', 'status', statusTable()),
}

const read = (path) => {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return ''
  }
}

const write = (path, text) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const checking = process.argv.includes('--check')
for (const [path, make] of Object.entries(PAGES)) {
  const text = await make()
  if (text === read(path)) continue
  if (!checking) write(path, text)
  console.error(checking ? `${path} is out of step: run \`node scripts/generate.mjs\`` : `${path} written`)
  if (checking) process.exitCode = 1
}
