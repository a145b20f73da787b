/** Owns reading a form that one of our pages sends: from our own origin only, and every field as text. */
import { AppError } from '@towline/protocol'
import type { Context } from 'hono'
import { requireSameOrigin } from './same-origin.ts'
import type { SiteEnv } from './site-deps.ts'

/** The fields of a form. */
export interface Form {
  /** The first value; empty when it is absent. */
  text(name: string): string
  all(name: string): readonly string[]
}

/** Throws ORIGIN_REFUSED or REQUEST_INVALID. */
export const readForm = async ({ req }: Context<SiteEnv>, publicUrl: string): Promise<Form> => {
  requireSameOrigin(req.raw.headers, publicUrl)
  if (!/^application\/x-www-form-urlencoded\b/i.test(req.header('content-type') ?? '')) {
    throw new AppError('REQUEST_INVALID', { problem: 'a form is application/x-www-form-urlencoded' })
  }
  const fields = new URLSearchParams(await req.text())
  return { text: (name) => fields.get(name) ?? '', all: (name) => fields.getAll(name) }
}

/** A path of ours to go back to; anything else is the account page, so that no link leads people elsewhere. */
export const safeReturn = (text: string | undefined, publicUrl: string): string => {
  if (text === undefined || !text.startsWith('/') || !URL.canParse(text, publicUrl)) return ACCOUNT
  const { origin, pathname, search } = new URL(text, publicUrl)
  // Dots may leave a path of two slashes, which a browser would read as the name of another host.
  return origin === publicUrl && !pathname.startsWith('//') ? `${pathname}${search}` : ACCOUNT
}

const ACCOUNT = '/account'
