/** Owns the page of a one-time link, where a person chooses how to sign in. */
import { html } from 'hono/html'
import { alert, layout } from './layout.ts'

export interface SetupPage {
  readonly action: string
  readonly email: string
  readonly name: string
  /** Known already, for an invited person. */
  readonly fixed: boolean
  readonly passwordCharsMin: number
  readonly problem: string | undefined
}

export const setupPage = (page: SetupPage): Promise<string> =>
  layout({
    title: page.fixed ? 'Choose a password' : 'Become the owner',
    body: html`${alert(page.problem)}
<p>${page.fixed ? 'This link works once.' : 'This link works once. It makes the first account, which owns this server.'}</p>
<form method="post" action="${page.action}">
<label for="email">Email</label>
<input id="email" name="email" type="email" value="${page.email}" autocomplete="username" ${page.fixed ? 'readonly' : ''} required>
<label for="name">Name</label>
<input id="name" name="name" value="${page.name}" autocomplete="name" maxlength="128" ${page.fixed ? 'readonly' : ''} required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="${page.passwordCharsMin}" required>
<p class="note">At least ${page.passwordCharsMin} characters. You can add a passkey afterwards.</p>
<button type="submit">Go on</button>
</form>`,
  })
