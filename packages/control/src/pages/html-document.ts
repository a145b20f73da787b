/** Owns the outline of every HTML page of the server: nothing of others, no script or style of its own. */
import { escapeHtml } from '@towline/base'
import { ICON_PATH } from '../discovery/html/style.ts'

export interface HtmlDocument {
  /** Text. */
  readonly title: string
  /** Path of a stylesheet of our own origin. */
  readonly style: string
  /** Markup: what else the head holds. */
  readonly head: readonly string[]
  /** Markup. */
  readonly body: string
}

export const htmlDocument = ({ title, style, head, body }: HtmlDocument): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${style}">
<link rel="icon" type="image/svg+xml" href="${ICON_PATH}">
${head.join('\n')}
</head>
<body>
${body}
</body>
</html>
`
