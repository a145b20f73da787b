/** Owns what oidc-provider shows people: where a user code goes in, that it is done, and what went wrong. */
import type { IncomingMessage } from 'node:http'
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import { keep } from '../audit/keep.ts'
import { codePage } from '../pages/code-page.ts'
import { donePage } from '../pages/done-page.ts'
import { problemPage } from '../pages/problem-page.ts'
import { beginnerOf } from './beginner.ts'
import type { OauthDeps } from './oauth-deps.ts'

/** User codes that came in a link: they are shown to be compared, and nothing happens by following the link. */
const prefilled = new WeakMap<IncomingMessage, string>()

export const prefill = (request: IncomingMessage, userCode: string): void => {
  prefilled.set(request, userCode)
}

const PROBLEMS: Readonly<Record<string, string>> = {
  NoCodeError: 'Enter the code that the device shows.',
  NotFoundError: 'There is no such code. Compare it with the one that the device shows.',
  ExpiredError: 'That code has expired. Start the login on the device again.',
  AlreadyUsedError: 'That code was used already. Start the login on the device again.',
  AbortedError: 'The login was refused. The device is told so.',
}

/** Codes that were tried and are none, or none any more. */
const REFUSED: ReadonlySet<string> = new Set(['NotFoundError', 'ExpiredError', 'AlreadyUsedError'])

export const devicePages = (deps: OauthDeps) => ({
  userCodeInputSource: async (
    ctx: KoaContextWithOIDC,
    form: string,
    ...[, error]: readonly [ErrorOut?, Error?]
  ): Promise<void> => {
    if (error?.name === 'AbortedError')
      return show(ctx, await donePage({ title: 'Refused', text: PROBLEMS['AbortedError'] ?? '' }))
    if (error && REFUSED.has(error.name)) await keepRefusal(deps, ctx, error)
    const problem = error && (PROBLEMS[error.name] ?? 'The form is too old. Try again.')
    const userCode = prefilled.get(ctx.req) ?? (error as { userCode?: string } | undefined)?.userCode
    show(ctx, await codePage({ xsrf: hidden(form), userCode, problem }))
  },
  /** Never reached: the page for the code confirms it, and the next one shows what is asked for. */
  userCodeConfirmSource: async (ctx: KoaContextWithOIDC, form: string): Promise<void> =>
    show(ctx, await codePage({ xsrf: hidden(form), userCode: undefined, problem: undefined })),
  successSource: async (ctx: KoaContextWithOIDC): Promise<void> =>
    show(ctx, await donePage({ title: 'Approved', text: 'The device is logged in. You can close this page.' })),
})

const keepRefusal = async (deps: OauthDeps, { req, ip }: KoaContextWithOIDC, { name }: Error): Promise<void> => {
  const userId = beginnerOf(req)
  const who = { ...(userId !== undefined && { userId }), details: { problem: name, address: ip } }
  await keep(deps, { action: 'login.code', decision: 'refused', code: 'NOT_FOUND', ...who })
}

export const errorPage = async (ctx: KoaContextWithOIDC, out: ErrorOut): Promise<void> => {
  const text = out.error_description ?? 'The request cannot be understood.'
  show(ctx, await problemPage({ code: out.error, text, next: 'Start the login again.' }))
}

const show = (ctx: KoaContextWithOIDC, page: string): void => {
  ctx.type = 'html'
  ctx.body = page
}

const hidden = (form: string): string => /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? ''
