/** Judges a TCP tunnel and `dial` as ProxyCommand by OpenSSH and git. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { content, hashOf } from './content.ts'
import { folder, freePort, launch, program, type Running, run, succeed } from './processes.ts'
import { openTowline, type Towline, towline as words } from './towline.ts'

const SIZE = 24 * 1024 * 1024

describe('interop git and ssh', () => {
  const temp = folder('ssh')
  const inTemp = (name: string): string => join(temp.path, name)
  const git = program('git', 'git')
  const ssh = program('ssh', 'openssh-client')
  const quiet = ['-F', 'none', '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-o', 'ConnectTimeout=20']
  let sshd: Running
  let towline: Towline
  /** Options of ssh by the way it takes. */
  let by: { readonly tcp: readonly string[]; readonly dial: readonly string[] }

  const env = (way: 'tcp' | 'dial'): Record<string, string> => ({
    ...towline.env,
    HOME: temp.path,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: [ssh, ...by[way]].map((word) => `'${word}'`).join(' '),
  })
  const remote = `ssh://${userInfo().username}@box${inTemp('repository.git')}`

  beforeAll(async () => {
    await makeRepository(git, temp.path)
    const port = await freePort()
    sshd = await startSshd(temp.path, port)
    towline = await openTowline()
    const tcp = await towline.forward(String(port), '--tcp', '--name', 'ssh')
    await towline.forward(String(port), '--no-publish', '--name', 'box')
    const known = [
      '-i',
      inTemp('key'),
      '-o',
      `UserKnownHostsFile=${inTemp('known')}`,
      '-o',
      'HostKeyAlias=box',
      ...quiet,
    ]
    by = {
      tcp: [...known, '-o', 'HostName=127.0.0.1', '-p', new URL(tcp.url).port],
      dial: [...known, '-o', `ProxyCommand=${words('dial', 'tow://%n').join(' ')}`],
    }
  })
  afterAll(async () => {
    await towline?.close()
    await sshd?.stop()
    temp.remove()
  })

  it.each(['tcp', 'dial'] as const)('clones by %s, pushes back, and the repository is whole', async (way) => {
    verifies('tunnel.tcp', 'private.dial')
    const clone = inTemp(`clone-${way}`)
    await succeed([git, 'clone', '--quiet', remote, clone], { env: env(way) })
    expect(readFileSync(join(clone, 'large')).equals(Buffer.concat([...content(0, SIZE)]))).toBe(true)
    writeFileSync(join(clone, way), Buffer.concat([...content(SIZE, SIZE + 3_000_000)]))
    const here = { cwd: clone, env: env(way) }
    await succeed([git, 'add', '.'], here)
    await succeed([git, ...AUTHOR, 'commit', '--quiet', '-m', way], here)
    await succeed([git, 'push', '--quiet', 'origin', 'HEAD'], here)
    const pushed = await succeed([git, '-C', inTemp('repository.git'), 'rev-parse', 'main'], here)
    expect(pushed).toBe(await succeed([git, 'rev-parse', 'HEAD'], here))
    await succeed([git, '-C', inTemp('repository.git'), 'fsck', '--full'], here)
  })

  it.each(['tcp', 'dial'] as const)('runs a command by %s with its input, output and exit status', async (way) => {
    verifies('tunnel.tcp', 'private.dial')
    const input = 'towline\n'.repeat(500_000)
    const ran = await run([ssh, ...by[way], 'box', 'sha256sum; echo to stderr >&2; exit 7'], { env: env(way), input })
    const wanted = await succeed(['sha256sum'], { input })
    expect(ran).toEqual({ status: 7, stdout: wanted, stderr: 'to stderr\n' })
  })

  it.each(['tcp', 'dial'] as const)('reads a large file by %s', async (way) => {
    verifies('tunnel.tcp', 'private.dial')
    const command = `${git} -C ${inTemp('repository.git')} cat-file blob main:large | sha256sum`
    expect(await succeed([ssh, ...by[way], 'box', command], { env: env(way) })).toBe(`${hashOf(0, SIZE)}  -\n`)
  })

  it('ends ssh with 255 and a reason when the name is unknown', async () => {
    verifies('private.name')
    const { status, stderr } = await run([ssh, ...by.dial, 'nobody', 'true'], { env: env('dial') })
    expect({ status, named: stderr.includes('TUNNEL_UNKNOWN') }).toEqual({ status: 255, named: true })
  })
})

const AUTHOR = ['-c', 'user.name=Interop', '-c', 'user.email=interop@towline.test']

const makeRepository = async (git: string, path: string): Promise<void> => {
  const work = join(path, 'work')
  mkdirSync(work)
  writeFileSync(join(work, 'large'), Buffer.concat([...content(0, SIZE)]))
  for (let at = 0; at < 300; at++) writeFileSync(join(work, `file-${at}`), `file ${at}\n`.repeat(at))
  const here = { cwd: work, env: { HOME: path, GIT_CONFIG_NOSYSTEM: '1' } }
  await succeed([git, 'init', '--quiet', '-b', 'main'], here)
  await succeed([git, 'add', '.'], here)
  await succeed([git, ...AUTHOR, 'commit', '--quiet', '-m', 'first'], here)
  await succeed([git, 'clone', '--quiet', '--bare', work, join(path, 'repository.git')], here)
}

/** A server for this account alone, with keys made for this run. */
const startSshd = async (path: string, port: number): Promise<Running> => {
  const keygen = program('ssh-keygen', 'openssh-client')
  for (const name of ['host', 'key']) await succeed([keygen, '-q', '-t', 'ed25519', '-N', '', '-f', join(path, name)])
  const [type, key] = readFileSync(join(path, 'host.pub'), 'utf8').split(' ')
  writeFileSync(join(path, 'known'), `box ${type} ${key}\nnobody ${type} ${key}\n`)
  const settings = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(path, 'host')}`,
    `AuthorizedKeysFile ${join(path, 'key.pub')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'MaxStartups 50',
  ]
  const file = join(path, 'sshd_config')
  writeFileSync(file, `${settings.join('\n')}\n`)
  // Where sshd parts with its privileges; Debian's service makes this folder at start.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const sshd = launch([program('sshd', 'openssh-server'), '-D', '-e', '-f', file])
  await sshd.said(/Server listening on/)
  return sshd
}
