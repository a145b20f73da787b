/** Proves by network namespaces what a cable that is pulled costs: no FIN, no RST, nothing but silence. */
import { execFileSync, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { eventually, openHome, openHttpService, start, startUp, towline, verifies, visit } from '@towline/testkit'
import { describe, expect, it } from 'vitest'

/** Of Debian's iproute2. */
const IP = 'ip'

/** What is missing to try it on this machine. */
const missing = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'it takes root to make a network namespace'
  const probe = `towline-probe-${process.pid}`
  const made = spawnSync(IP, ['netns', 'add', probe], { encoding: 'utf8' })
  if (made.error || made.status !== 0)
    return `network namespaces cannot be made here: ${made.error?.message ?? made.stderr.trim()}`
  spawnSync(IP, ['netns', 'del', probe])
  return undefined
}
const reason = missing()

const DOMAIN = 'towline.test'

interface Cable extends Disposable {
  readonly namespace: string
  /** Of this side. */
  readonly address: string
  pull(): void
  plug(): void
}

const ip = (...words: readonly string[]): void => void execFileSync(IP, words, { stdio: 'pipe' })

/** A namespace at the far end of a cable, where the server's name leads to this end. */
const openCable = (): Cable => {
  const id = randomInt(1 << 20).toString(36)
  const [namespace, near, far] = [`towline-${id}`, `tow-${id}-a`, `tow-${id}-b`]
  const subnet = `10.${randomInt(64, 128)}.${randomInt(256)}`
  const remove = (): void => {
    spawnSync(IP, ['link', 'del', near])
    spawnSync(IP, ['netns', 'del', namespace])
    rmSync(`/etc/netns/${namespace}`, { recursive: true, force: true })
  }
  try {
    mkdirSync(`/etc/netns/${namespace}`, { recursive: true })
    writeFileSync(`/etc/netns/${namespace}/hosts`, `${subnet}.1 ${DOMAIN}\n127.0.0.1 localhost\n`)
    ip('netns', 'add', namespace)
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', namespace)
    ip('addr', 'add', `${subnet}.1/24`, 'dev', near)
    ip('link', 'set', near, 'up')
    ip('-n', namespace, 'addr', 'add', `${subnet}.2/24`, 'dev', far)
    ip('-n', namespace, 'link', 'set', far, 'up')
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  } catch (error) {
    remove()
    throw error
  }
  return {
    namespace,
    address: `${subnet}.1`,
    // The far end goes down as well, so that neither side has a word to say.
    pull: () => ip('-n', namespace, 'link', 'set', far, 'down'),
    plug: () => ip('-n', namespace, 'link', 'set', far, 'up'),
    [Symbol.dispose]: remove,
  }
}

describe.skipIf(reason !== undefined)(`silent cut${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  it('is noticed by both sides, and mended by itself when the cable is plugged in again', async () => {
    verifies('link.heartbeat', 'tunnel.forward.lifetime', 'tunnel.reconnect')
    using cable = openCable()
    await using up = await startUp('--domain', DOMAIN, '--listen', '0.0.0.0:0')
    await using home = openHome()
    const { token, ca } = up.context()
    const caFile = `${home.folder.path}/ca.pem`
    writeFileSync(caFile, ca)
    const env = {
      ...home.env,
      TOWLINE_URL: `https://${DOMAIN}:${up.port}`,
      TOWLINE_TOKEN: token,
      TOWLINE_CA_FILE: caFile,
    }
    await using service = await openHttpService((_request, response) => response.end('served'), { host: '0.0.0.0' })
    const target = `${cable.address}:${service.port}`
    const inside = [
      'ip',
      'netns',
      'exec',
      cable.namespace,
      ...towline('forward', target, '--name', 'far', '-o', 'json'),
    ]
    await using program = start(inside, { env })
    await program.status('online')
    const host = `far.dev.${DOMAIN}:${up.port}`
    expect(await visit({ to: host })).toMatchObject({ status: 200, body: 'served' })
    cable.pull()
    await program.status('disconnected', { ms: 10_000 })
    await eventually(
      'the end of the tunnel',
      async () => ((await visit({ to: host })).status === 404 ? true : undefined),
      10_000,
    )
    cable.plug()
    await program.status('online', { from: 3, ms: 30_000 })
    expect(await visit({ to: host })).toMatchObject({ status: 200, body: 'served' })
  })
})
