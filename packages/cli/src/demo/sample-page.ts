/** Owns the page of the sample service: one file, nothing loaded from elsewhere. */

/** The mark by which the demo knows that it read this page and no other. */
export const PAGE_MARK = 'Served from your machine, through the relay'

export const page = (at: Date): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Towline sample</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 10vh auto; padding: 0 1rem; color: #1a2b3c }
  h1 { font-size: 1.5rem } code { background: #eef2f5; padding: .1em .3em; border-radius: 3px }
  li { margin: .4rem 0 } .ok { color: #0a7d33; font-weight: 600 }
</style>
<h1>${PAGE_MARK}</h1>
<p>This page was made at <code>${at.toISOString()}</code>. What follows runs in your browser, now:</p>
<ul>
  <li>Event stream: <span id="events">waiting</span>
  <li>WebSocket echo: <span id="echo">waiting</span>
  <li>16 MiB of random bytes: <span id="bytes">waiting</span>
</ul>
<script>
  const tell = (id, text) => { const at = document.getElementById(id); at.textContent = text; at.className = 'ok' }
  const events = new EventSource('events')
  let ticks = 0
  events.onmessage = () => { tell('events', ++ticks + ' events'); if (ticks === 5) events.close() }
  const socket = new WebSocket(location.href.replace(/^http/, 'ws'))
  const sent = performance.now()
  socket.onopen = () => socket.send('hello')
  socket.onmessage = ({ data }) => { tell('echo', data + ', ' + (performance.now() - sent).toFixed(1) + ' ms'); socket.close() }
  fetch('bytes?bytes=16777216').then((answer) => answer.arrayBuffer())
    .then((body) => tell('bytes', (body.byteLength / 1048576) + ' MiB arrived'))
</script>
</html>
`
