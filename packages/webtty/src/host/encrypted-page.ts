/** Owns what browsers read where end-to-end encryption is asked for, which they cannot do. */
import type { RequestListener } from 'node:http'
import { pageListener } from './page-listener.ts'

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;color:#1f262d;background:#fbfbfa}' +
  'h1{font-size:1.25rem}p{margin:.5rem 0}code{overflow-wrap:anywhere}' +
  '@media(prefers-color-scheme:dark){body{color:#dfe5ea;background:#101418}}'

const HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Encrypted terminal</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><h1>This machine is not reached by browsers</h1>
<p>It speaks only end-to-end encrypted, with keys that both sides know beforehand, so that nobody in between can read along. A page that came through somebody in between could not promise that.</p>
<p>On a computer that the machine knows, run <code>towline webtty client --url tow://NAME</code>. The guide "Keep the relay out" tells how two machines get to know each other.</p></body></html>
`

/** The same for everyone; it tells nothing of the machine. */
export const encryptedPage = (): RequestListener => pageListener(HTML)
