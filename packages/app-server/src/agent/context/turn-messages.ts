/** Owns what a model is told of where and how it works, each text anew when it changed since it was last told. */
import type { AskForApproval, SandboxPolicy, ThreadEnvironment } from '@towline/protocol'
import type { ResponseItem } from '../../threads/rollout-line.ts'
import type { TurnContext } from '../turn.ts'
import { messageOf } from './messages.ts'

/** All of them, in the order they stand at the beginning of a history. */
export const contextMessages = async (context: TurnContext): Promise<readonly ResponseItem[]> => {
  const { settings, config } = context
  const { developerInstructions, environments } = settings
  return [
    ...(environments.length > 0 ? [messageOf('developer', permissionsText(settings))] : []),
    ...(developerInstructions === null ? [] : [messageOf('developer', developerInstructions)]),
    ...(config.instructions.length > 0 ? [messageOf('user', instructionsText(context))] : []),
    ...(environments.length > 0 ? [messageOf('user', await environmentText(context))] : []),
  ]
}

/** Those that the history does not hold as the last of their kind. */
export const missingMessages = async (context: TurnContext): Promise<readonly ResponseItem[]> => {
  const told = new Map<string, string>()
  const texts = new Set<string>()
  for (const item of context.history.items) {
    const text = onlyText(item)
    if (text === undefined) continue
    texts.add(text)
    const kind = kindOf(text)
    if (kind !== undefined) told.set(kind, text)
  }
  const wanted = await contextMessages(context)
  return wanted.filter((item) => {
    const text = onlyText(item) as string
    const kind = kindOf(text)
    return kind === undefined ? !texts.has(text) : told.get(kind) !== text
  })
}

const KINDS = ['<environment_context>', '<permissions instructions>', '# AGENTS.md instructions']

/** Whether a message of the role `user` is none that a person wrote. */
export const kindOf = (text: string): string | undefined => KINDS.find((kind) => text.startsWith(kind))

/** Of a message that has one part. */
export const onlyText = ({ type, content }: ResponseItem): string | undefined => {
  if (type !== 'message' || !Array.isArray(content) || content.length !== 1) return undefined
  const { text } = content[0] as { readonly text?: unknown }
  return typeof text === 'string' ? text : undefined
}

const instructionsText = ({ settings, config }: TurnContext): string => {
  const texts = config.instructions.map(({ path, text }) => `<!-- ${path} -->\n${text}`)
  return `# AGENTS.md instructions for ${settings.cwd}\n\n<INSTRUCTIONS>\n${texts.join('\n\n')}\n</INSTRUCTIONS>`
}

const APPROVAL: Readonly<Record<Exclude<AskForApproval, object>, string>> = {
  untrusted: 'The person is asked before each command but those that only read.',
  'on-request':
    'Commands run in the sandbox unasked. What must leave it needs sandbox_permissions "require_escalated" with a justification; the person then decides.',
  never:
    'Nobody is asked: what the sandbox does not allow fails. Do not ask for more rights; find another way or say what is missing.',
}

const SANDBOX: Readonly<Record<SandboxPolicy['type'], string>> = {
  readOnly: 'Files can be read, and written nowhere.',
  workspaceWrite:
    'Files can be read; written only below the workspace roots, the writable roots and the temporary folders.',
  dangerFullAccess: 'There is no sandbox: commands can do what the user of this machine can.',
  externalSandbox: 'What commands may do is limited from outside.',
}

const permissionsText = ({ approvalPolicy, sandboxPolicy }: TurnContext['settings']): string => {
  const approval =
    typeof approvalPolicy === 'string'
      ? APPROVAL[approvalPolicy]
      : APPROVAL[approvalPolicy.granular.sandbox_approval ? 'on-request' : 'never']
  const network = `The network is ${hasNetwork(sandboxPolicy) ? 'open' : 'closed'} to commands.`
  return `<permissions instructions>\n${SANDBOX[sandboxPolicy.type]} ${network} ${approval}\n</permissions instructions>`
}

const hasNetwork = (policy: SandboxPolicy): boolean =>
  policy.type === 'dangerFullAccess' ||
  (policy.type === 'externalSandbox' ? policy.networkAccess === 'enabled' : policy.networkAccess)

const MODES: Readonly<Record<SandboxPolicy['type'], string>> = {
  readOnly: 'read-only',
  workspaceWrite: 'workspace-write',
  dangerFullAccess: 'danger-full-access',
  externalSandbox: 'external-sandbox',
}

const environmentText = async (context: TurnContext): Promise<string> => {
  const { cwd, approvalPolicy, sandboxPolicy, environments } = context.settings
  const now = new Date()
  const shells = await Promise.all(environments.map((one) => shellOf(context, one)))
  const roots = sandboxPolicy.type === 'workspaceWrite' ? sandboxPolicy.writableRoots : []
  return [
    '<environment_context>',
    element('cwd', cwd),
    ...(shells[0] === undefined ? [] : [element('shell', shells[0])]),
    element('current_date', now.toLocaleDateString('sv')),
    element('timezone', Intl.DateTimeFormat().resolvedOptions().timeZone),
    element('approval_policy', typeof approvalPolicy === 'string' ? approvalPolicy : 'granular'),
    element('sandbox_mode', MODES[sandboxPolicy.type]),
    element('network_access', hasNetwork(sandboxPolicy) ? 'enabled' : 'restricted'),
    ...(roots.length > 0
      ? ['  <writable_roots>', ...roots.map((root) => `  ${element('root', root)}`), '  </writable_roots>']
      : []),
    ...(environments.length > 1 ? environmentLines(environments, shells) : []),
    '</environment_context>',
  ].join('\n')
}

const environmentLines = (
  environments: readonly ThreadEnvironment[],
  shells: readonly (string | undefined)[],
): readonly string[] => [
  '  <environments>',
  ...environments.flatMap(({ environmentId, cwd }, index) => [
    `    <environment id="${escape(environmentId)}">`,
    `    ${element('cwd', cwd)}`,
    `    ${element('shell', shells[index] ?? 'unknown')}`,
    '    </environment>',
  ]),
  '  </environments>',
]

/** Undefined where it cannot be reached now: its commands will say why. */
const shellOf = async ({ environments }: TurnContext, { environmentId }: ThreadEnvironment) => {
  try {
    return (await environments.get(environmentId).info()).shell.name
  } catch {
    return undefined
  }
}

const element = (name: string, text: string): string => `  <${name}>${escape(text)}</${name}>`
const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
