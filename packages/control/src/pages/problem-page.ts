/** Owns the page that tells a person what went wrong and what to do next. */
import { html } from 'hono/html'
import { layout } from './layout.ts'

export interface ProblemPage {
  readonly code: string
  readonly text: string
  readonly next: string
}

export const problemPage = ({ code, text, next }: ProblemPage): Promise<string> =>
  layout({
    title: 'That did not work',
    body: html`<p class="problem" role="alert">${text}</p>
<p>${next}</p>
<p class="note">Code: <code>${code}</code></p>`,
  })
