/** The product as a remote shell: relay, `webtty server` and client as processes, in the clear, over a TLS link, and end-to-end encrypted. */
import { existsSync } from 'node:fs'
import { runToEnd } from '../lib/child.mjs'
import { CLI, node, ONLINE_MS, startRelay, status } from './towline.mjs'

/** What every peer runs in its terminal: a prompt, and nothing of the caller's. */
export const SHELL = ['bash', '--norc', '--noprofile', '-i']
const URL = 'tow://lab'
const SETUP_MS = 10_000

/** A terminal with nothing in between: what the others add to. */
export const bareShell = {
  name: 'bare',
  kinds: ['shell'],
  needs: ['bash'],
  start: async () => ({ pids: [], shell: { terminal: { bare: SHELL }, shared: { bare: true } } }),
}

/** One row a variant: the link to the relay, encryption end to end, and whether terminals go through the command or a client in the load process. */
export const webttyPeers = [
  variant('webtty', { link: 'plain' }),
  variant('webtty-tls', { link: 'tls' }),
  variant('webtty-e2e', { link: 'plain', e2e: true }),
  variant('webtty-cli', { link: 'plain', command: true }),
  variant('webtty-cli-tls', { link: 'tls', command: true }),
]

function variant(name, options) {
  return {
    name,
    kinds: ['shell'],
    needs: ['bash'],
    missing: () => !existsSync(CLI) && 'run npm run build',
    version: [process.execPath, CLI, '--version'],
    start: (context) => startWebtty(context, options),
  }
}

async function startWebtty(context, { link, e2e, command }) {
  const { relay, env } = await startRelay(context, { link })
  if (e2e) await pin(context, env)
  const how = e2e ? ['--identity', 'vault'] : ['--fs-root', context.dir]
  const server = ['webtty', 'server', '--name', 'lab', '--no-publish', ...how, '-o', 'json']
  const host = context.spawn('host', node(context, server), { env })
  await host.line((line) => status(line, 'online'), ONLINE_MS)
  const webtty = (words) => ({ argv: [process.execPath, CLI, 'webtty', ...words], env })
  const client = webtty(['client', '--url', URL, '--escape', 'none', '--', ...SHELL])
  const library = { url: URL, env }
  return {
    pids: [relay.pid, host.pid],
    shell: {
      terminal: command ? client : { ...library, words: SHELL },
      shared: library,
      fresh: library,
      cold: webtty(['exec', '--url', URL, '--']),
      up: webtty(['fs', 'upload', '--url', URL, '{local}', '/{name}']),
      down: webtty(['fs', 'download', '--url', URL, '/{name}', '{local}']),
      idle: 1_000,
    },
  }
}

/** Both sides have keys and know each other's. */
async function pin(context, env) {
  const run = async (...words) => {
    const { code, output } = await runToEnd(node(context, ['webtty', ...words]), { env, ms: SETUP_MS })
    if (code !== 0) throw new Error(`webtty ${words.slice(0, 2).join(' ')}: ${output}`)
    return output.trim()
  }
  for (const name of ['vault', 'laptop']) await run('identity', 'create', name)
  const [vault, laptop] = [
    await run('identity', 'show', 'vault', '--endpoint-identity'),
    await run('identity', 'show', 'laptop', '--endpoint-identity'),
  ]
  await run('authorized-client', 'add', 'laptop', '--identity', 'vault', '--key', laptop)
  await run('known-server', 'add', 'lab', '--key', vault, '--client-identity', 'laptop')
}
