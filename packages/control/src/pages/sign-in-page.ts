/** Owns the page where a person signs in: by password, passkey or another provider. */
import { html } from 'hono/html'
import { alert, layout } from './layout.ts'

export interface SignInPage {
  readonly returnTo: string
  readonly email: string
  readonly problem: string | undefined
  readonly passkeys: boolean
  readonly providers: readonly { readonly id: string; readonly name: string }[]
}

export const signInPage = ({ returnTo, email, problem, passkeys, providers }: SignInPage): Promise<string> =>
  layout({
    title: 'Sign in',
    ...(passkeys ? { script: '/assets/passkey.js' } : {}),
    body: html`${alert(problem)}
<form method="post" action="/sign-in">
<input type="hidden" name="return_to" value="${returnTo}">
<label for="email">Email</label>
<input id="email" name="email" type="email" value="${email}" autocomplete="username webauthn" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>
${passkeys ? html`<button type="button" id="passkey-sign-in" class="quiet" data-return="${returnTo}" hidden>Sign in with a passkey</button><p id="passkey-problem" class="problem" role="alert" hidden></p>` : ''}
${providers.map(
  ({ id, name }) => html`<form method="post" action="/sign-in/with">
<input type="hidden" name="return_to" value="${returnTo}"><input type="hidden" name="provider" value="${id}">
<button type="submit" class="quiet">Sign in with ${name}</button>
</form>
`,
)}`,
  })
