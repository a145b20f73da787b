/** Owns the layout of pages with forms: a narrow sheet that asks one thing. */
import { escapeHtml } from '@towline/base'
import { html } from 'hono/html'
import { htmlDocument } from './html-document.ts'

/** Text that is markup already; what is put into it was escaped. */
export type Markup = ReturnType<typeof html>

export interface Page {
  readonly title: string
  readonly body: Markup
  /** A script from our own origin. */
  readonly script?: string
}

/** A whole document, not for search engines. */
export const layout = async ({ title, body, script }: Page): Promise<string> => {
  const main = await html`<main>
<p class="brand">Towline</p>
<h1>${title}</h1>
${body}
</main>`
  const scripts = script === undefined ? [] : [`<script type="module" src="${escapeHtml(script)}"></script>`]
  const head = ['<meta name="robots" content="noindex">', ...scripts]
  return htmlDocument({ title: `${title} · Towline`, style: '/assets/forms.css', head, body: String(main) })
}

/** A sentence that says what went wrong, or nothing. */
export const alert = (problem: string | undefined): Markup | string =>
  problem === undefined ? '' : html`<p class="problem" role="alert">${problem}</p>`
