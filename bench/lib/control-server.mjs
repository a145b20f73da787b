/** A server on data of its own, and the person who owns it: first link, device login, credentials. Needs a build of the testkit. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBrowser } from '../../packages/testkit/dist/browser.js'
import { parseJson, startChild } from './child.mjs'

const CLI =
  process.env.TOWLINE_BENCH_CLI || fileURLToPath(new URL('../../packages/cli/dist/towline.js', import.meta.url))
const UP_MS = 20_000
const OWNER = { email: 'ada@example.test', password: 'correct horse battery' }
const SCOPE = 'tokens.manage tunnels.list'
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

/** `readyMs` is from the start of the process to the line that says so. */
export async function startServer(dir) {
  const argv = [process.execPath, CLI, 'up', '--data', join(dir, 'data'), '--listen', '127.0.0.1:0', '-o', 'json']
  const child = startChild(argv, { cwd: dir, env: { TOWLINE_HOME: dir, TOWLINE_LOG: 'warn' } })
  try {
    const { url, setupUrl } = await child.line((line) => ready(parseJson(line)), UP_MS)
    const readyMs = performance.now() - child.startedAt
    const becomeOwner = async () => {
      const browser = openBrowser()
      await browser.submit(await browser.open(setupUrl), '/setup/', { ...OWNER, name: 'Ada' })
    }
    return { dir, url, pid: child.pid, readyMs, becomeOwner, stop: () => child.stop(), tail: child.tail }
  } catch (error) {
    await child.stop()
    throw error
  }
}

const ready = (line) => (line?.status === 'ready' ? line : null)

/** Credentials of the project, until there are `count` with the one of the machine's own context. */
export async function makeTokens({ dir, url }, count) {
  const { contexts } = JSON.parse(await readFile(join(dir, 'contexts.json'), 'utf8'))
  const headers = { authorization: `Bearer ${contexts[0].token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ permissions: ['tunnels.list'], ttlSeconds: 3600 })
  for (let made = 1; made < count; made += 1) {
    const answer = await fetch(`${url}/api/engine/tokens`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`no credential: ${answer.status} ${await answer.text()}`)
  }
}

/** The access token of a login that its owner has approved in a browser. */
export async function logIn({ url }) {
  const post = async (path, fields) => {
    const body = new URLSearchParams({ client_id: 'towline-cli', ...fields })
    return (await fetch(`${url}${path}`, { method: 'POST', body })).json()
  }
  const resource = `${url}/api`
  const device = await post('/oauth/device', { scope: SCOPE, resource })
  const browser = openBrowser()
  const signIn = await browser.open(device.verification_uri_complete)
  const code = await browser.submit(signIn, '/sign-in', OWNER)
  await browser.submit(await browser.submit(code, '/device'), '/interaction/', { decision: 'allow' })
  const { access_token: token, error } = await post('/oauth/token', {
    ...{ grant_type: DEVICE, device_code: device.device_code, resource },
  })
  if (!token) throw new Error(`no login: ${error}`)
  return token
}
