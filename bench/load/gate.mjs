/** Is the relay correct at all? Runs the checks of its kind and prints {"failed": [sentence…]}. */
import { createHash, randomBytes } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'

const job = JSON.parse(process.argv[2])
const BYTES = 16 * 1024 * 1024
const OPENS = 200
const CHECK_MS = 20_000
const CHECKS = {
  tcp: {
    'echo of 16 MiB is byte exact both ways': echoExact,
    'half-close reaches the far end': halfClose,
    '200 parallel opens': opens,
  },
  http: { 'echo of 16 MiB is byte exact both ways': postExact, '200 parallel requests': gets },
}

const failed = []
for (const [sentence, check] of Object.entries(CHECKS[job.kind])) {
  const problem = await deadline(check()).catch((error) => error.message)
  if (problem) failed.push(`${sentence}: ${problem}`)
}
console.log(JSON.stringify({ failed }))
process.exit(0)

function deadline(promise) {
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error('timed out')), CHECK_MS))])
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

function connect() {
  return net.connect({ port: job.port, host: job.host, allowHalfOpen: true, noDelay: true })
}

/** Sends all without waiting, and expects the same bytes. */
async function echoExact() {
  const bytes = randomBytes(BYTES)
  const back = await echo(bytes)
  return digest(back) === digest(bytes) ? null : `${back.length} of ${BYTES} bytes came back, or changed`
}

/** The service answers only after it has seen the end of what was sent. */
async function halfClose() {
  const socket = connect()
  socket.end(`S${'x'.repeat(100_000)}`)
  const answer = await readAll(socket)
  const count = answer.length === 8 ? Number(answer.readBigUInt64BE()) : Number.NaN
  return count === 100_000 ? null : `the far end counted ${count}`
}

async function opens() {
  const answers = await Promise.all(
    Array.from({ length: OPENS }, async (_, index) => {
      const bytes = Buffer.from(`connection ${index}`)
      return digest(await echo(bytes)) === digest(bytes)
    }),
  )
  const wrong = answers.filter((ok) => !ok).length
  return wrong === 0 ? null : `${wrong} of ${OPENS} failed`
}

/** What came back of the bytes, as many as were sent or as many as there were. */
async function echo(bytes) {
  const socket = connect()
  socket.write('E')
  socket.write(bytes)
  const back = await readAll(socket, bytes.length)
  socket.destroy()
  return back
}

async function postExact() {
  const bytes = randomBytes(BYTES)
  const { status, body } = await ask('POST', '/echo', bytes)
  return status === 200 && digest(body) === digest(bytes) ? null : `status ${status}, ${body.length} bytes`
}

async function gets() {
  const answers = await Promise.all(Array.from({ length: OPENS }, () => ask('GET', '/')))
  const wrong = answers.filter(({ status, body }) => status !== 200 || String(body) !== 'ok').length
  return wrong === 0 ? null : `${wrong} of ${OPENS} failed`
}

function ask(method, path, body) {
  const extra = Object.fromEntries((job.headers ?? []).map((line) => line.split(': ')))
  const headers = { host: job.hostHeader ?? 'localhost', ...extra, ...(body ? { 'content-length': body.length } : {}) }
  return new Promise((resolve, reject) => {
    const request = http.request({ host: job.host, port: job.port, method, path, headers, agent: false })
    request.on('response', async (response) => resolve({ status: response.statusCode, body: await readAll(response) }))
    request.on('error', reject)
    request.end(body)
  })
}

/** Reads to the end, or until there are `enough` bytes. */
function readAll(stream, enough = Number.POSITIVE_INFINITY) {
  return new Promise((resolve, reject) => {
    const parts = []
    let length = 0
    stream.on('data', (bytes) => {
      parts.push(bytes)
      length += bytes.length
      if (length >= enough) resolve(Buffer.concat(parts))
    })
    stream.on('end', () => resolve(Buffer.concat(parts)))
    stream.on('error', reject)
    stream.on('close', () => reject(new Error('closed early')))
  })
}
