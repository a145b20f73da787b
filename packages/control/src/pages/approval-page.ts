/** Owns the page where a person decides which permissions a client gets. */
import { html } from 'hono/html'
import { layout } from './layout.ts'

export interface ApprovalPage {
  /** Where the decision goes. */
  readonly action: string
  readonly client: string
  /** Clients that register themselves choose their own name. */
  readonly clientIsKnown: boolean
  /** What asks, as it says itself: a device's name, or where the browser is sent back to. */
  readonly device: string
  /** The network address it asked from. */
  readonly address: string
  readonly person: string
  readonly permissions: readonly { readonly name: string; readonly words: string }[]
}

export const approvalPage = (page: ApprovalPage): Promise<string> =>
  layout({
    title: 'Allow this login?',
    body: html`<dl>
<dt>Client</dt><dd>${page.client}${page.clientIsKnown ? '' : html` <em>(the name it gave itself)</em>`}</dd>
<dt>Device</dt><dd>${page.device}</dd>
<dt>Address</dt><dd>${page.address}</dd>
<dt>You</dt><dd>${page.person}</dd>
</dl>
<form method="post" action="${page.action}">
<fieldset>
<legend>It asks to</legend>
${page.permissions.map(
  ({ name, words }) => html`<label class="tick"><input type="checkbox" name="permission" value="${name}" checked>
<span>${words} <code>${name}</code></span></label>
`,
)}
</fieldset>
<p class="note">Untick what it should not do. You can end this login at any time on your account page.</p>
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="refuse" class="quiet">Refuse</button>
</form>`,
  })
