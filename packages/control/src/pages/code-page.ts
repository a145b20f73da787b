/** Owns the page where a person enters or compares the code that a device shows. */
import { html } from 'hono/html'
import { alert, layout } from './layout.ts'

export interface CodePage {
  readonly xsrf: string
  /** Came with the link; the person compares it. */
  readonly userCode: string | undefined
  readonly problem: string | undefined
}

export const codePage = ({ xsrf, userCode, problem }: CodePage): Promise<string> =>
  layout({
    title: 'Log in a device',
    body: html`${alert(problem)}
<p>${
      userCode === undefined
        ? 'Enter the code that the device or command shows.'
        : 'Go on only if the device or command in front of you shows this very code.'
    }</p>
<form method="post" action="/device">
<input type="hidden" name="xsrf" value="${xsrf}">
<input type="hidden" name="confirm" value="yes">
<label for="user_code">Code</label>
<input id="user_code" name="user_code" class="code" value="${userCode ?? ''}" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="16" required>
<button type="submit">Continue</button>
</form>
<p class="note">Did someone send you this link or code? Then close this page: whoever sent it would get your rights.</p>`,
  })
