/** Proves which hosts are read from configurations of OpenSSH. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TempFolder, tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listSshHosts } from './list-ssh-hosts.ts'

describe('operations ssh: hosts of the configuration', () => {
  let folder: TempFolder
  beforeEach(() => {
    folder = tempFolder('ssh-config')
  })
  afterEach(() => folder.remove())

  const write = (name: string, text: string): string => {
    const file = join(folder.path, name)
    writeFileSync(file, text)
    return file
  }
  const names = async (text: string): Promise<readonly string[]> =>
    (await listSshHosts(write('config', text))).map(({ host }) => host)

  it('has none without a file, and waits for no pipe', async () => {
    expect(await listSshHosts(join(folder.path, 'none'))).toEqual([])
    expect(await listSshHosts(folder.path)).toEqual([])
    execFileSync('mkfifo', [join(folder.path, 'pipe')])
    expect(await names(`Include ${folder.path}/pip?\nHost after`)).toEqual(['after'])
  })

  it('leaves out patterns, what they leave out, and what looks like an option', async () => {
    verifies('reach.ssh')
    expect(await names('Host *.lan !gate.lan box dev?\nHost -oProxyCommand=x\nHost *\n')).toEqual(['box'])
  })

  it('reads keywords in any letters, quotes, "=" and comments', async () => {
    expect(await names('  hOsT = one "two"\r\n# Host three\nHOST four # five\nHostName six\nHost\n')).toEqual([
      'one',
      'two',
      'four',
    ])
  })

  it('tells where each is and as whom, as the first that says so', async () => {
    const text = 'Host a b\n User ada\nHost a\n HostName 10.0.0.1\n User other\nMatch all\n HostName 10.0.0.9\n'
    expect(await listSshHosts(write('config', text))).toEqual([
      { host: 'a', user: 'ada', hostName: '10.0.0.1' },
      { host: 'b', user: 'ada' },
    ])
  })

  it('follows Include, by patterns too, and not in a circle', async () => {
    verifies('reach.ssh')
    mkdirSync(join(folder.path, 'parts'))
    write('parts/b.conf', 'Host b')
    write('parts/a.conf', `Host a\nInclude ${folder.path}/config`)
    write('parts/.c.conf', 'Host hidden')
    expect(await names(`Host first\nInclude ${folder.path}/parts/*.conf\nHost last`)).toEqual([
      'first',
      'a',
      'b',
      'last',
    ])
  })

  it('reads no more files and hosts than the bounds', async () => {
    for (let at = 0; at < 70; at++) write(`part-${at}`, `Host h${at}`)
    expect((await names(`Include ${folder.path}/part-*`)).length).toBe(63)
    const many = Array.from({ length: 5000 }, (_, at) => `h${at}`)
    expect((await names(`Host ${many.join(' ')}`)).length).toBe(4096)
  })
})
