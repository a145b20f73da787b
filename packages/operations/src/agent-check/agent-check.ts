/** Owns checking what a site offers to agents: it only reads, sends no credential, and keeps to bounds. */
import { AppError, type Limits, printable, shown } from '@towline/protocol'
import { CHECKS, type Check } from './checks.ts'
import { levelOf } from './levels.ts'
import type { AgentCheck, CheckRow } from './report.ts'
import { openReader, type SiteReader } from './site-reader.ts'

export interface AgentCheckOptions {
  /** PEM of an authority to trust beside the public ones. */
  readonly ca?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly limits?: Limits | undefined
}

/** Grades the site of a URL. Throws TARGET_INVALID or SERVER_UNREACHABLE; what is wrong with a site is in the rows. */
export const agentCheck = async (text: string, options: AgentCheckOptions = {}): Promise<AgentCheck> => {
  const site = await openReader({ ...options, url: siteUrl(text) })
  try {
    const rows: CheckRow[] = []
    for (const check of CHECKS) rows.push(await rowOf(check, site))
    const counted = rows.filter(({ status }) => status !== 'skip')
    const passed = counted.filter(({ status }) => status === 'pass').length
    return { url: site.origin, level: levelOf(rows), passed, total: counted.length, rows }
  } finally {
    site.close()
  }
}

/** A site's own words come back in findings, so they are cut and made harmless. */
const FOUND_CHARS = 300

const rowOf = async ({ id, group, run, next }: Check, site: SiteReader): Promise<CheckRow> => {
  const { status, found } = await run(site)
  const told = printable(found)
  const cut = told.length > FOUND_CHARS ? `${told.slice(0, FOUND_CHARS)}…` : told
  return { id, group, status, found: cut, next: status === 'fail' || status === 'warn' ? next : '' }
}

const LOCAL = /^(localhost|[^/]+\.localhost|127(\.\d+){3}|\[::1\])(:|\/|$)/i

/** `example.com` means https, `localhost:8080` http. The whole origin is checked, whatever the path. */
const siteUrl = (text: string): URL => {
  const fail = (problem: string): AppError => new AppError('TARGET_INVALID', { target: shown(text), problem })
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${LOCAL.test(text) ? 'http' : 'https'}://${text}`
  if (!URL.canParse(full)) throw fail('it is not a URL')
  const url = new URL(full)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw fail('write it with http:// or https://')
  if (url.username !== '' || url.password !== '') throw fail('a site is checked without credentials')
  return url
}
