/** Proves which commands count as looking only, and the ways around that are closed. */
import { describe, expect, it } from 'vitest'
import { type Commanded, looksOnly } from './looking.ts'

const argv = (line: string): Commanded => ({ argv: line.split(' ') })

describe('mcp looking: what runs a program', () => {
  it.each<readonly [why: string, command: Commanded]>([
    ['nothing', {}],
    ['no words', { argv: [] }],
    ['a shell', { shell: 'uname -a' }],
    ['a shell beside argv', { argv: ['uname'], shell: 'id' }],
    ['a shell as a program', argv('sh -c uname')],
    ['an environment', { argv: ['uname'], env: { PATH: '/tmp' } }],
    ['a library path', { argv: ['ls'], env: { LD_PRELOAD: '/tmp/x.so' } }],
    ['any variable', { argv: ['date'], env: { TZ: 'UTC' } }],
    ['a folder that may be in PATH', { argv: ['ls'], cwd: '/tmp' }],
    ['input', { argv: ['ls'], stdin: '' }],
    ['input to come', { argv: ['ls'], stdinOpen: true }],
    ['a path to a program', argv('/tmp/uname')],
    ['a program here', argv('./ls')],
    ['a name of the prototype', argv('constructor')],
    ['a program of other case', argv('LS')],
    ['setting the name', argv('hostname evil')],
    ['setting the name by a file', argv('hostname -F /tmp/name')],
    ['setting the name by a joined file', argv('hostname -F/tmp/name')],
    ['setting the clock', argv('date -s 2020-01-01')],
    ['setting the clock in one word', argv('date --set=2020-01-01')],
    ['setting the clock by an operand', argv('date 010100002020')],
    ['reading dates of a file', argv('date -f /etc/shadow')],
    ['letters with one that is not listed', argv('date -us')],
    ['going on for ever', argv('free -s 1')],
    ['environments of processes', argv('ps auxe')],
    ['environments by the letter', argv('ps e')],
    ['environments by a column', argv('ps -o pid,environ')],
    ['ending a service', argv('systemctl stop ssh')],
    ['a verb after a verb that looks', argv('systemctl --no-pager stop ssh')],
    ['no verb', argv('systemctl')],
    ['another host', argv('systemctl status -H root@host')],
    ['another host in one word', argv('systemctl status --host=root@host')],
    ['another machine', argv('systemctl status -M box')],
    ['settings of a service, with its secrets', argv('systemctl show ssh')],
    ['a page of a manual', argv('systemctl help ssh')],
    ['following', argv('journalctl -f')],
    ['following after a flag with an optional value', argv('journalctl -n -f')],
    ['following among letters', argv('journalctl -rf')],
    ['following in a word', argv('journalctl --follow')],
    ['vacuum', argv('journalctl --vacuum-size=1K')],
    ['vacuum in two words', argv('journalctl --vacuum-time 1s')],
    ['a shortened vacuum', argv('journalctl --vac=1s')],
    ['rotating', argv('journalctl --rotate')],
    ['flushing', argv('journalctl --flush')],
    ['making keys', argv('journalctl --setup-keys')],
    ['writing a cursor', argv('journalctl --cursor-file=/etc/passwd')],
    ['files elsewhere', argv('journalctl --file=/tmp/x')],
    ['a folder elsewhere', argv('journalctl -D /tmp')],
    ['a flag without its value', argv('journalctl -u')],
    ['a flag as the value of a flag', argv('journalctl -u --rotate')],
    ['the end of flags', argv('ls -- -x')],
    ['a long flag that is not listed', argv('df --output=source')],
    ['a hidden character', { argv: ['ls', '/a\u202eb'] }],
    ['a line break', { argv: ['ls', 'a\nb'] }],
    ['a program that is not listed', argv('cat /etc/hostname')],
    ['env', argv('env')],
    ['an empty operand', { argv: ['id', ''] }],
  ])('%s', (_why, command) => {
    expect(looksOnly(command)).toBe(false)
  })
})

describe('mcp looking: what looks', () => {
  it.each([
    'uname -a',
    'uptime -p',
    'hostname -f',
    'whoami',
    'id -u root',
    'date -u +%s',
    'df -h /',
    'free -m',
    'ps aux',
    'ps -ef',
    'ps -o pid,args -p 1',
    'ls -la /var/log',
    'stat /etc/hosts',
    'systemctl status ssh.service --no-pager -n 50',
    'systemctl is-active nginx',
    'systemctl list-units --type=service --state=failed',
    'journalctl -u ssh -n 100 --no-pager',
    'journalctl --unit=ssh --since=today -o cat -r',
  ])('%s', (line) => {
    expect(looksOnly(argv(line))).toBe(true)
  })

  it('an empty environment is none', () => {
    expect(looksOnly({ argv: ['uname'], env: {} })).toBe(true)
  })
})
