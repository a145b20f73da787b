/** Owns a machine that is reached by SSH: a sshd of Debian for this user alone, with a home of its own for each login shell. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { findProgram } from '@towline/base'
import { type Program, start, tempFolder, unusedPort } from '@towline/testkit'

/** What a machine has; `files` lie in the home of the account, by their paths. */
export interface Account {
  /** Path of the login shell; `~` is the home. */
  readonly shell: string
  readonly files?: Readonly<Record<string, string>>
  /** Folders of programs, instead of the usual ones; `~` is the home. */
  readonly path?: string
}

export interface Sshd extends AsyncDisposable {
  /** For `ssh -F`: a host for each account, by its name. */
  readonly config: string
  readonly port: number
  /** Of an account, for what a test looks at. */
  home(name: string): string
}

/** Where sshd is, which is in no ordinary PATH; undefined: not installed. */
export const sshdPath = (): string | undefined =>
  findProgram({ PATH: [process.env['PATH'], '/usr/sbin'].join(delimiter) }, 'sshd')

/** `more` are lines of the client's configuration, before all others. */
export const openSshd = async (accounts: Readonly<Record<string, Account>>, more = ''): Promise<Sshd> => {
  const folder = tempFolder('sshd')
  const within = (name: string): string => join(folder.path, name)
  const port = await unusedPort()
  keygen(within('host'))
  const keys = Object.entries(accounts).map(([name, account]) => addAccount(folder.path, name, account))
  writeFileSync(within('authorized_keys'), keys.join('\n'), { mode: 0o600 })
  writeFileSync(within('sshd_config'), serverConfig(folder.path, port))
  writeFileSync(within('known_hosts'), `machine ${readFileSync(within('host.pub'), 'utf8')}`)
  writeFileSync(within('config'), more + clientConfig(folder.path, port, Object.keys(accounts)))
  // Where sshd parts with its privileges; Debian's service makes this folder at start.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const sshd: Program = start([sshdPath() ?? 'sshd', '-D', '-e', '-f', within('sshd_config')])
  await sshd.complains(/Server listening on/)
  return {
    config: within('config'),
    port,
    home: (name) => within(name),
    [Symbol.asyncDispose]: async () => {
      await sshd.stop()
      folder.remove()
    },
  }
}

const keygen = (path: string): void => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path], { stdio: 'pipe' })
}

/** sshd takes home and shell from the database of accounts; a command that each key has puts others in their place. */
const addAccount = (root: string, name: string, { shell, files = {}, path }: Account): string => {
  const home = join(root, name)
  mkdirSync(home)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, file)), { recursive: true })
    writeFileSync(join(home, file), text)
    if (text.startsWith('#!')) chmodSync(join(home, file), 0o755)
  }
  const key = join(root, `key-${name}`)
  keygen(key)
  const own = (text: string): string => text.replaceAll('~', home)
  const login = join(root, `login-${name}`)
  writeFileSync(
    login,
    `#!/bin/sh
export HOME='${home}' SHELL='${own(shell)}' PATH='${own(path ?? '/usr/bin:/bin')}'
cd
exec '${own(shell)}' -c "$SSH_ORIGINAL_COMMAND"
`,
  )
  chmodSync(login, 0o755)
  return `command="${login}" ${readFileSync(`${key}.pub`, 'utf8')}`
}

const serverConfig = (root: string, port: number): string => `
ListenAddress 127.0.0.1
Port ${port}
HostKey ${root}/host
AuthorizedKeysFile ${root}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
MaxStartups 50
`

const clientConfig = (root: string, port: number, names: readonly string[]): string => `
${names.map((name) => `Host ${name}\n  IdentityFile ${root}/key-${name}\n`).join('')}
Host *
  HostName 127.0.0.1
  Port ${port}
  HostKeyAlias machine
  UserKnownHostsFile ${root}/known_hosts
  IdentitiesOnly yes
  IdentityAgent none
  BatchMode yes
  LogLevel INFO
`
