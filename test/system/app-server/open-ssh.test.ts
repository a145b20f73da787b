/** Proves that programs are started by SSH whatever the login shell there is and prints, against a real sshd. */
import { existsSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { openSsh, type SshProgram, type SshRequest } from '@towline/operations'
import { within } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing, without } from '../tmux.ts'
import { openSshd, type Sshd, sshdPath } from './sshd.ts'

/** Says what it was called with, then gives back what it hears. */
const PROGRAM = '#!/bin/sh\necho "words: $*"\nexec cat\n'
const FAILING = '#!/bin/sh\ncat\necho "the disk is full" >&2\nexit 7\n'
const CHATTY = 'while :; do echo all is well; done\n'
/** Machines that one cannot get into. */
const CLIENT = `
Host stranger
  IdentityFile /dev/null
Host renamed
  HostKeyAlias another
Host closed
  Port 1
Host nowhere
  HostName nowhere.invalid
`
const NOISE = 'echo "Welcome to this machine"\n'

/** Each finds the program by what its own files say, and prints something in them. */
const SHELLS = {
  bash: { files: { '.bash_profile': `${NOISE}PATH=$HOME/own:$PATH\n`, '.bashrc': NOISE } },
  dash: { files: { '.profile': `${NOISE}read -r answer\nPATH=$HOME/own:$PATH\n` } },
  zsh: { files: { '.zshrc': `${NOISE}PATH=$HOME/own:$PATH\n` } },
  fish: { files: { '.config/fish/config.fish': `${NOISE}set -gx PATH $HOME/own $PATH\n` } },
  tcsh: { files: { '.cshrc': `${NOISE}setenv PATH $HOME/own:$PATH\n` } },
  rbash: { files: { '.bash_profile': NOISE }, path: '~/own:/usr/bin:/bin' },
} as const

const lacks = missing('ssh', ...(sshdPath() === undefined ? ['sshd'] : []))

describe.skipIf(lacks.length > 0)(`ssh: a program on another machine${without(lacks)}`, () => {
  let sshd: Sshd
  beforeAll(async () => {
    const accounts = Object.entries(SHELLS).map(([name, { files, ...more }]) => [
      name,
      { shell: `/bin/${name}`, files: { 'own/towline': PROGRAM, ...files }, ...more },
    ])
    sshd = await openSshd(
      {
        ...Object.fromEntries(accounts),
        nobody: { shell: '/bin/false' },
        empty: { shell: '/bin/sh' },
        failing: { shell: '/bin/sh', path: '~/own:/usr/bin:/bin', files: { 'own/towline': FAILING } },
        chatty: { shell: '~/shell', files: { shell: `#!/bin/sh\n${CHATTY}` } },
        // Its login shell says more than is listened to, but `sh` knows the program.
        wordy: {
          shell: '/bin/dash',
          files: { 'own/towline': PROGRAM, '.profile': CHATTY },
          path: '~/own:/usr/bin:/bin',
        },
        // The same in one line that has no end.
        endless: {
          shell: '/bin/dash',
          files: { 'own/towline': PROGRAM, '.profile': "yes x | tr -d '\\n'\n" },
          path: '~/own:/usr/bin:/bin',
        },
        menu: {
          shell: '/bin/sh',
          files: { 'own/towline': PROGRAM, '.profile': 'exit 0\n' },
          path: '~/own:/usr/bin:/bin',
        },
      },
      CLIENT,
    )
  })
  afterAll(() => sshd?.[Symbol.asyncDispose]())

  const open = (host: string, more: Partial<SshRequest> = {}): Promise<SshProgram> =>
    openSsh({
      ...{ host, program: 'towline', words: ['app-server', 'it\'s "one"'], config: sshd.config },
      ...{ env: process.env, signal: new AbortController().signal, ...more },
    })

  const closeOf = (stream: Duplex): Promise<void> => new Promise((done) => stream.once('close', done))

  /** What it says after it was told `text`, to its end. */
  const talk = async ({ stream }: SshProgram, text: string): Promise<string> => {
    let said = ''
    stream.on('data', (bytes: Buffer) => (said += bytes.toString()))
    stream.end(text)
    await within('the end of the program', closeOf(stream))
    return said
  }

  const [there, absent] = [true, false].map((is) =>
    Object.keys(SHELLS).filter((name) => existsSync(`/bin/${name}`) === is),
  )
  it.skip.each(absent ?? [])('%s: not tested, as it is not installed', () => undefined)
  it.each(there ?? [])('%s: finds the program as a login does, and hands on its bytes alone', async (name) => {
    verifies('reach.ssh')
    await using program = await open(name)
    const text = 'x'.repeat(100_000)
    expect(await talk(program, text)).toBe(`words: app-server it's "one"\n${text}`)
    expect(await program.ended).toBeUndefined()
  })

  const refused = (host: string, more: Partial<SshRequest> = {}) =>
    expect(open(host, more).then((program) => program.close())).rejects

  it('refuses words that are no host or program', async () => {
    await refused('-oProxyCommand=true').toMatchObject({ code: 'OPTION_INVALID' })
    await refused('two words').toMatchObject({ code: 'OPTION_INVALID' })
    await refused('bash', { program: '-c' }).toMatchObject({ code: 'OPTION_INVALID' })
  })

  it('says which program is missing there', async () => {
    verifies('reach.ssh')
    await refused('empty').toMatchObject({
      code: 'SSH_PROGRAM_MISSING',
      message: 'There is no program "towline" on empty that its login shell finds.',
    })
    await refused('bash', { program: '/opt/none/towline' }).toMatchObject({ code: 'SSH_PROGRAM_MISSING' })
  })

  it('says why OpenSSH did not come as far', async () => {
    verifies('reach.ssh')
    await refused('nobody').toMatchObject({
      code: 'SSH_SHELL_UNUSABLE',
      message: 'The account on nobody runs no "sh": it ended with 1',
    })
    await refused('stranger').toMatchObject({ code: 'SSH_REFUSED' })
    await refused('renamed').toMatchObject({ code: 'SSH_KEY_UNKNOWN' })
    await refused('closed').toMatchObject({ code: 'SSH_UNREACHABLE' })
    await refused('nowhere').toMatchObject({ code: 'SSH_HOST_UNKNOWN' })
    await refused('bash', { env: { PATH: '/var/empty' } }).toMatchObject({ code: 'SSH_CLIENT_MISSING' })
  })

  it('does not wait for a shell that prints without end', async () => {
    verifies('reach.ssh')
    await refused('chatty').toMatchObject({ code: 'SSH_NOISE', message: expect.stringContaining('as: all is well') })
  })

  it('goes on without a login shell that runs nothing', async () => {
    verifies('reach.ssh')
    for (const host of ['menu', 'wordy', 'endless']) {
      await using program = await open(host)
      expect(await talk(program, 'heard')).toContain('heard')
    }
  })

  it('ends the client that it started, and the program with it', async () => {
    verifies('reach.ssh')
    const stopping = new AbortController()
    const program = await open('bash', { signal: stopping.signal })
    const closed = closeOf(program.stream)
    stopping.abort()
    await within('the end of the stream', closed)
    expect(await program.ended).toBeUndefined()
    await program.close()
  })

  it('tells a program that failed from one that ended', async () => {
    verifies('reach.ssh')
    await using program = await open('failing')
    await talk(program, '')
    expect(await program.ended).toMatchObject({
      code: 'SSH_ENDED',
      message: 'The connection to failing ended: the disk is full',
    })
  })

  it('takes a path of the program, and of the home there', async () => {
    verifies('reach.ssh')
    for (const path of [`${sshd.home('fish')}/own/towline`, '~/own/towline']) {
      await using program = await open('fish', { program: path })
      expect(await talk(program, '')).toBe(`words: app-server it's "one"\n`)
    }
  })
})
