/** `ssh -R` through a sshd of its own: temporary keys, no PAM, aes128-gcm, as the user who runs the bench. */
import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { findBinary } from '../lib/cache.mjs'

const CIPHER = 'aes128-gcm@openssh.com'
/** Where sshd, when it runs as root, insists on an empty folder; Debian makes it when its own service starts. */
const ROOT_FOLDER = '/run/sshd'

export const ssh = {
  name: 'ssh',
  kinds: ['tcp'],
  needs: ['sshd', 'ssh', 'ssh-keygen'],
  version: ['ssh', '-V'],
  async start(context) {
    if (process.getuid() === 0) await mkdir(ROOT_FOLDER, { recursive: true, mode: 0o755 })
    const files = await writeFiles(context)
    const sshdPort = await context.freePort()
    const port = await context.freePort()
    await writeFile(files.config, sshdConfig({ ...files, address: context.relayAddress, port: sshdPort }), {
      mode: 0o644,
    })
    const relay = context.spawn('relay', [findBinary('sshd'), '-D', '-e', '-f', files.config])
    const restart = () => context.spawn('host', sshArgv(context, { ...files, sshdPort, port }))
    await context.listening(sshdPort)
    const host = restart()
    return { port, pids: [relay.pid, host.pid], hostSide: { child: host, restart } }
  },
}

async function writeFiles({ dir }) {
  const key = join(dir, 'key')
  const hostKey = join(dir, 'host')
  for (const file of [key, hostKey])
    execFileSync(findBinary('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  const authorized = join(dir, 'authorized')
  await copyFile(`${key}.pub`, authorized)
  await chmod(authorized, 0o644)
  return { key, hostKey, authorized, config: join(dir, 'sshd_config') }
}

const sshdConfig = ({ address, port, hostKey, authorized }) => `ListenAddress ${address}:${port}
HostKey ${hostKey}
AuthorizedKeysFile ${authorized}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
GatewayPorts clientspecified
MaxStartups 100
Ciphers ${CIPHER}
LogLevel ERROR
`

function sshArgv({ relayAddress, upstreamPort }, { key, sshdPort, port }) {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'ExitOnForwardFailure=yes',
    'IdentitiesOnly=yes',
  ]
  return [
    ...[findBinary('ssh'), '-N', '-F', 'none', '-i', key, '-c', CIPHER, '-p', `${sshdPort}`],
    ...options.flatMap((option) => ['-o', option]),
    ...['-R', `${relayAddress}:${port}:127.0.0.1:${upstreamPort}`, `${userInfo().username}@${relayAddress}`],
  ]
}
