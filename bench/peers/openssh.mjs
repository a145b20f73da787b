/** OpenSSH as what WebTTY is measured beside: terminals, commands and files through a sshd of its own, one connection or a new one each. */
import { join } from 'node:path'
import { findBinary } from '../lib/cache.mjs'
import { clientFlags, sshTarget, startSshd } from './ssh.mjs'
import { SHELL } from './webtty.mjs'

const MASTER_MS = 10_000

export const openssh = {
  name: 'openssh',
  kinds: ['shell'],
  needs: ['sshd', 'ssh', 'scp', 'ssh-keygen'],
  version: ['ssh', '-V'],
  async start(context) {
    const sshd = await startSshd(context)
    const control = join(context.dir, 'control')
    const flags = [...clientFlags(sshd), '-o', 'LogLevel=ERROR']
    const target = sshTarget(context)
    const ssh = findBinary('ssh')
    const master = context.spawn('load', [ssh, ...flags, '-M', '-S', control, target, 'echo ready; exec cat'])
    await master.line((line) => (line === 'ready' ? line : null), MASTER_MS)
    const copy = [findBinary('scp'), '-q', ...clientFlags(sshd, '-P')]
    return {
      pids: [sshd.pid],
      shell: {
        terminal: { argv: [ssh, '-tt', ...flags, target, SHELL.join(' ')] },
        shared: { argv: [ssh, ...flags, '-S', control, target] },
        fresh: { argv: [ssh, ...flags, target] },
        cold: { argv: [ssh, ...flags, target] },
        up: { argv: [...copy, '{local}', `${target}:${context.dir}/{name}`] },
        down: { argv: [...copy, `${target}:${context.dir}/{name}`, '{local}'] },
        idle: 20,
      },
    }
  },
}
