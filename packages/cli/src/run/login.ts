/** Owns the work of `towline login`. */
import {
  type Context,
  findLoginServer,
  login,
  type LoginPrompt,
  saveToken,
  settleTrust,
  validateContextName,
  wantedPermissions,
} from '@towline/operations'
import { AppError, LIMITS, type Permission, permissionsFor, printable, validateSlug } from '@towline/protocol'
import { type Io, line, note } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { styleFor } from '../output/style.ts'
import { openBrowser } from './browser.ts'
import { confirmAuthority } from './confirm-authority.ts'
import { when } from './tunnel-columns.ts'

export interface LoginOptions {
  readonly name?: string
  readonly project?: string
  readonly permissions?: readonly string[]
  readonly tokenStdin?: boolean
  readonly caFile?: string
  readonly caFingerprint?: string
  readonly browser: boolean
  readonly output: 'text' | 'json'
}

/** Everything that was written is checked before the server is asked. */
export const run = async (io: Io, text: string | undefined, options: LoginOptions): Promise<void> => {
  const { env, signal } = io
  const permissions = permissionsOf(options)
  const named = options.project ?? (env['TOWLINE_PROJECT'] || undefined)
  const project = named === undefined ? undefined : validateSlug(named)
  if (options.name !== undefined) validateContextName(options.name)
  const server = await findLoginServer(env, text, options)
  if (server.upgraded) note(io, `using ${server.url}: a login goes to another machine by TLS only`)
  const trust = {
    ...server,
    fingerprint: options.caFingerprint,
    confirm: confirmAuthority(io, server.url),
    env,
    signal,
  }
  const ca = server.url.startsWith('https:') ? await settleTrust(trust) : undefined
  const place = { ...{ env, name: server.name, url: server.url, ca, signal }, project: project ?? server.project }
  const context = options.tokenStdin
    ? await saveToken(env, { ...place, token: await readToken(io) })
    : await login({ ...place, permissions, onPrompt: (prompt) => tellPrompt(io, options, prompt) })
  tellDone(io, options, context)
}

const permissionsOf = ({ permissions, tokenStdin }: LoginOptions): readonly Permission[] => {
  if (permissions === undefined) return permissionsFor('workstation')
  if (tokenStdin)
    throw new AppError('USAGE', {
      problem: '--permissions is for a login that a person approves; a token has its own.',
    })
  return wantedPermissions(permissions)
}

/** At most as long as a token is; what ends it is the end of the input. */
const readToken = async ({ stdin }: Io): Promise<string> => {
  let text = ''
  for await (const part of stdin) {
    text += String(part)
    if (text.length > LIMITS.headBytes) break
  }
  return text.trim()
}

const tellPrompt = (io: Io, { output, browser }: LoginOptions, prompt: LoginPrompt): void => {
  const { url, completeUrl, userCode, expiresAt } = prompt
  if (output === 'json') {
    const told = { status: 'pending', url: completeUrl, verificationUrl: url, userCode, expiresAt }
    return line(io, safeJson(told))
  }
  const style = styleFor(io, 'stdout')
  const opened = browser && io.isTty.stdout && openBrowser(io.env, completeUrl)
  line(
    io,
    opened
      ? 'Your browser opens this page; compare the code, and approve:'
      : 'Open this page, compare the code, and approve:',
  )
  line(io, `\n  ${style.bold(printable(completeUrl))}\n\n  code  ${style.bold(printable(userCode))}\n`)
  line(io, style.dim(`The code is good until ${when(expiresAt)}. Ctrl-C gives up.`))
}

const tellDone = (io: Io, { output }: LoginOptions, context: Context): void => {
  const { name, url, project, login: held } = context
  if (output === 'json') {
    const permissions = held && { permissions: held.permissions }
    return line(io, safeJson({ status: 'logged-in', context: name, url, ...(project && { project }), ...permissions }))
  }
  const style = styleFor(io, 'stdout')
  line(io, `${style.green('logged in')}  ${style.bold(url)}  (context ${name}${project ? `, project ${project}` : ''})`)
  if (held) line(io, `allowed: ${printable(held.permissions.join(', '))}`)
}
