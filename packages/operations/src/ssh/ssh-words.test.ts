/** Proves how OpenSSH is called, and what its words mean. */
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { sshFault, sshLoss } from './ssh-fault.ts'
import { sshWords } from './ssh-words.ts'
import { startScript } from './start-script.ts'

describe('operations ssh: words', () => {
  it.each(['', '-oProxyCommand=x', 'a b', 'a\nb', 'a\u0000b'])('refuses the host %j', (host) => {
    expect(() => sshWords({ host })).toThrow(AppError)
  })

  it('runs one word there, without a terminal, and leaves questions to OpenSSH', () => {
    verifies('reach.ssh')
    expect(sshWords({ host: 'ann@devbox', config: '/c', keepAlive: 0 }).join(' ')).toBe(
      '-F /c -T -o RemoteCommand=none -o RequestTTY=no -o ClearAllForwardings=yes -o ServerAliveInterval=0 -o ServerAliveCountMax=3 -- ann@devbox sh',
    )
    expect(sshWords({ host: 'x', isBatch: true })).toContain('BatchMode=yes')
  })

  it('writes no word into the script as it is', () => {
    const script = startScript({ nonce: 'n', program: "it's $(bad)", words: ['`bad`'] })
    expect(script).toContain(`TOWLINE_SSH_PROGRAM='it'\\''s $(bad)'`)
    expect(script.trimEnd().split('\n').at(-1)).toBe('towline_start; exit')
  })
})

describe('operations ssh: what OpenSSH says', () => {
  it.each([
    ['ssh: Could not resolve hostname x: Name or service not known', 'SSH_HOST_UNKNOWN'],
    ['Host key verification failed.', 'SSH_KEY_UNKNOWN'],
    ['ann@x: Permission denied (publickey,password).', 'SSH_REFUSED'],
    ['Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures', 'SSH_REFUSED'],
    ['ssh: connect to host x port 22: Connection refused', 'SSH_UNREACHABLE'],
    ['ssh: connect to host x port 22: No route to host', 'SSH_UNREACHABLE'],
    ['kex_exchange_identification: read: Connection reset by peer', 'SSH_UNREACHABLE'],
    ['something new', 'SSH_SHELL_UNUSABLE'],
  ])('%s: %s', (said, code) => {
    verifies('reach.ssh')
    expect(sshFault({ host: 'x', status: 255, said }).code).toBe(code)
  })

  it('takes the words of what ran there for no words of OpenSSH', () => {
    expect(sshFault({ host: 'x', status: 127, said: 'Permission denied' }).code).toBe('SSH_SHELL_UNUSABLE')
  })

  it('is a loss only when something went wrong', () => {
    expect(sshLoss({ host: 'x', status: 0, said: 'bye' })).toBeUndefined()
    expect(sshLoss({ host: 'x', status: 255, said: 'client_loop: send disconnect: Broken pipe\n' })?.message).toBe(
      'The connection to x ended: client_loop: send disconnect: Broken pipe',
    )
  })
})
