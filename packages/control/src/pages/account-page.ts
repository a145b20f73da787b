/** Owns the page where a person sees and ends their sessions and logins. */
import { html } from 'hono/html'
import { layout, type Markup } from './layout.ts'

export interface AccountPage {
  readonly person: string
  readonly passkeys: boolean
  readonly sessions: readonly {
    readonly id: string
    readonly since: number
    readonly address: string
    readonly agent: string
    readonly current: boolean
  }[]
  readonly logins: readonly {
    readonly id: string
    readonly client: string
    readonly name: string
    readonly since: number
    readonly permissions: readonly string[]
  }[]
}

export const accountPage = (page: AccountPage): Promise<string> =>
  layout({
    title: 'Your account',
    ...(page.passkeys ? { script: '/assets/passkey.js' } : {}),
    body: html`<p>Signed in as ${page.person}.</p>
<form method="post" action="/sign-out"><button type="submit" class="quiet">Sign out</button></form>
${page.passkeys ? html`<button type="button" id="passkey-add" class="quiet" hidden>Add a passkey</button><p id="passkey-problem" class="problem" role="alert" hidden></p>` : ''}
<h2>Logins of devices and programs</h2>
${page.logins.length === 0 ? html`<p>None.</p>` : ''}
${page.logins.map(
  (
    one,
  ) => html`<section><p><strong>${one.name}</strong><br>${one.client}, since ${day(one.since)}<br><code>${one.permissions.join(' ')}</code></p>
${endForm('/account/logins/end', one.id)}</section>
`,
)}
<h2>Sessions in browsers</h2>
${page.sessions.map(
  (
    one,
  ) => html`<section><p>${one.address || 'unknown address'}${one.current ? ', this one' : ''}, since ${day(one.since)}<br><span class="note">${one.agent.slice(0, 128)}</span></p>
${endForm('/account/sessions/end', one.id)}</section>
`,
)}`,
  })

const endForm = (action: string, id: string): Markup =>
  html`<form method="post" action="${action}"><input type="hidden" name="id" value="${id}"><button type="submit" class="quiet">End</button></form>`

const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
