/**
 * Publishes a small web service from this process, without opening a port:
 *
 *   TOWLINE_URL=https://127.0.0.1:8080 TOWLINE_TOKEN=tow_… TOWLINE_CA_FILE=ca.pem node serve.mjs
 *
 * It prints the public URL when the service can be visited, and ends on Ctrl-C.
 */
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from '@towline/sdk'

const { TOWLINE_URL: url, TOWLINE_TOKEN: token, TOWLINE_CA_FILE: caFile, TOWLINE_NAME: name = 'hello' } = process.env
if (!url || !token) throw new Error('Set TOWLINE_URL and TOWLINE_TOKEN.')

const towline = await connect({
  url,
  token,
  ca: caFile && (await readFile(caFile, 'utf8')),
  agent: 'node-sdk-example/1.0',
})

const tunnel = await towline.serve(
  (request, response) => {
    response.setHeader('content-type', 'text/plain')
    response.end(`Hello ${request.socket.remoteAddress}, you asked for ${request.url}\n`)
  },
  { name, labels: { purpose: 'example' } },
)
console.log(tunnel.url)

towline.session.states.on((state) => {
  if (state.status === 'disconnected') console.error(`disconnected: ${state.error.message}`)
})

// The tunnel ends when we are told to end, or when the server ends it for good: cut, or taken over by a newer process.
const ended = await Promise.race([tunnel.closed, once(process, 'SIGINT'), once(process, 'SIGTERM')])
await towline.close()
if (ended instanceof Error) throw ended
