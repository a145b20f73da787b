/** Owns a person at a browser, as far as a test needs one: cookies, redirects, and forms filled in by their field names. */

export interface BrowserPage {
  readonly url: string
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** Values of fields, beside those the form has already; a list ticks these boxes only, and null leaves a field out. */
export type Fields = Readonly<Record<string, string | readonly string[] | null>>

export interface Browser {
  open(url: string): Promise<BrowserPage>
  /** Sends the form of the page whose action holds `action`. */
  submit(page: BrowserPage, action: string, fields?: Fields): Promise<BrowserPage>
  /** The cookies as a header field. */
  cookie(url: string): string
}

interface Cookie {
  readonly value: string
  readonly path: string
}

const REDIRECTS = 12

/** `foreign` are addresses that are not followed, such as those of clients: the page says where it would have gone. */
export const openBrowser = (foreign: (url: string) => boolean = () => false): Browser => {
  const jar = new Map<string, Cookie>()
  const cookie = (url: string): string => {
    const { pathname } = new URL(url)
    return [...jar]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }
  const keep = (answer: Response): void => {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */)
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/'
      if (value === '' || attributes.some((one) => /^max-age=0$/i.test(one))) jar.delete(name)
      else jar.set(name, { value, path })
    }
  }
  const go = async (url: string, init: RequestInit, left = REDIRECTS): Promise<BrowserPage> => {
    const headers = {
      accept: 'text/html',
      cookie: cookie(url),
      ...(init.headers as Readonly<Record<string, string>> | undefined),
    }
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' })
    keep(answer)
    const to = answer.headers.get('location')
    if (to === null || left === 0)
      return { url, status: answer.status, text: await answer.text(), headers: answer.headers }
    await answer.body?.cancel()
    const next = new URL(to, url).href
    if (foreign(next)) return { url: next, status: answer.status, text: '', headers: answer.headers }
    return go(next, {}, left - 1)
  }
  return {
    open: (url) => go(url, {}),
    submit: (page, action, fields = {}) => {
      const form = formOf(page, action)
      const body = new URLSearchParams(filled(form.fields, fields))
      const { origin } = new URL(page.url)
      return go(new URL(form.action, page.url).href, {
        method: 'POST',
        body,
        headers: { origin, 'sec-fetch-site': 'same-origin' },
      })
    },
    cookie,
  }
}

const formOf = ({ text }: BrowserPage, action: string) => {
  for (const [, head = '', inside = ''] of text.matchAll(/<form ([^>]*)>(.*?)<\/form>/gs)) {
    const to = attribute(head, 'action') ?? ''
    if (!to.includes(action)) continue
    const inputs = [...inside.matchAll(/<input ([^>]*)>/g)].map(([, one = '']) => one)
    const fields = inputs.map((one): [string, string] => [attribute(one, 'name') ?? '', attribute(one, 'value') ?? ''])
    return { action: to, fields }
  }
  throw new Error(`no form leads to ${action}: ${text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')}`)
}

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&').replaceAll('&quot;', '"')

const filled = (own: readonly [string, string][], fields: Fields): [string, string][] => [
  ...own.filter(([name]) => !Object.hasOwn(fields, name)),
  ...Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((one): [string, string] => [name, one as string]),
  ),
]
