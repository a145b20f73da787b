/** Owns the page that says a matter is settled. */
import { html } from 'hono/html'
import { layout } from './layout.ts'

export const donePage = ({ title, text }: { readonly title: string; readonly text: string }): Promise<string> =>
  layout({ title, body: html`<p>${text}</p>` })
