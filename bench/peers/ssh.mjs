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
    const sshd = await startSshd(context)
    const port = await context.freePort()
    const restart = () => context.spawn('host', sshArgv(context, { ...sshd, port }))
    const host = restart()
    return { port, pids: [sshd.pid, host.pid], hostSide: { child: host, restart } }
  },
}

/** A sshd in the foreground, on loopback, with keys of its own: { pid, key, sshdPort }. */
export async function startSshd(context) {
  if (process.getuid() === 0) await mkdir(ROOT_FOLDER, { recursive: true, mode: 0o755 })
  const files = await writeFiles(context)
  const sshdPort = await context.freePort()
  const config = sshdConfig({ ...files, home: context.dir, address: context.relayAddress, port: sshdPort })
  await writeFile(files.config, config, { mode: 0o644 })
  const { pid } = context.spawn('relay', [findBinary('sshd'), '-D', '-e', '-f', files.config])
  await context.listening(sshdPort)
  return { pid, key: files.key, sshdPort }
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

/** With a home that is empty: what the shells of a user read at their start is no work of ssh. */
const sshdConfig = ({ address, port, home, hostKey, authorized }) => `ListenAddress ${address}:${port}
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
MaxSessions 200
Subsystem sftp internal-sftp
SetEnv HOME=${home}
Ciphers ${CIPHER}
LogLevel ERROR
`

/** What every client of it is told: no files of the caller's, the fastest cipher. */
export const clientFlags = ({ key, sshdPort }, portFlag = '-p') => [
  ...['-F', 'none', '-i', key, '-c', CIPHER, portFlag, `${sshdPort}`],
  ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'].flatMap((one) => ['-o', one]),
]

/** `user@address` of the sshd. */
export const sshTarget = ({ relayAddress }) => `${userInfo().username}@${relayAddress}`

const sshArgv = (context, { port, ...sshd }) => [
  ...[findBinary('ssh'), '-N', ...clientFlags(sshd), '-o', 'ExitOnForwardFailure=yes'],
  ...['-R', `${context.relayAddress}:${port}:127.0.0.1:${context.upstreamPort}`, sshTarget(context)],
]
