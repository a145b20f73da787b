/** Owns the one layout of all pages: no script or style of its own, so that the strictest policy holds. */
import { html } from 'hono/html'

/** Text that is markup already; what is put into it was escaped. */
export type Markup = ReturnType<typeof html>

export interface Page {
  readonly title: string
  readonly body: Markup
  /** A script from our own origin. */
  readonly script?: string
}

/** A whole document. */
export const layout = async ({ title, body, script }: Page): Promise<string> =>
  String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Towline</title>
<link rel="stylesheet" href="/assets/forms.css">
${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
</head>
<body>
<main>
<p class="brand">Towline</p>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`,
  )

/** A sentence that says what went wrong, or nothing. */
export const alert = (problem: string | undefined): Markup | string =>
  problem === undefined ? '' : html`<p class="problem" role="alert">${problem}</p>`
