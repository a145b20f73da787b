import { X509Certificate } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DevCa, type DevCaOptions, openDevCa } from './dev-ca.ts'

const DAY_MS = 24 * 3600 * 1000

describe('tls dev ca', () => {
  let dir: string
  let now: number
  const opened: DevCa[] = []

  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'towline-ca-')), 'tls')
    now = Date.now()
  })

  afterEach(async () => {
    for (const ca of opened.splice(0)) await ca.close()
    await rm(join(dir, '..'), { recursive: true, force: true })
  })

  const open = async (over: Partial<DevCaOptions> = {}): Promise<DevCa> => {
    const options = { dir, domain: 'example.test', slugs: ['dev'], limits: LIMITS, log: silentLog(), clock: () => now }
    const ca = await openDevCa({ ...options, ...over })
    opened.push(ca)
    return ca
  }

  const leaf = (ca: DevCa): X509Certificate => new X509Certificate(ca.current().cert)

  it.each([
    ['certificate that is not one', 'ca.pem', 'hello'],
    ['key that is not one', 'ca-key.pem', 'hello'],
  ])('refuses a CA whose %s, naming the file, and leaves it as it is', async (_what, file, text) => {
    await open()
    await writeFile(join(dir, file), text)
    await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { file: join(dir, 'ca.pem') } })
    expect(await readFile(join(dir, file), 'utf8')).toBe(text)
  })

  it('refuses a CA without its key', async () => {
    await open()
    await rm(join(dir, 'ca-key.pem'))
    await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('makes a CA that signs leaves only, and keeps its key to its owner', async () => {
    const root = new X509Certificate((await open()).ca)
    const modes = await Promise.all(['ca-key.pem', 'leaf-key.pem'].map((name) => stat(join(dir, name))))
    expect({ ca: root.ca, self: root.verify(root.publicKey), modes: modes.map(({ mode }) => mode & 0o777) }).toEqual({
      ca: true,
      self: true,
      modes: [0o600, 0o600],
    })
  })

  it('covers this machine, the domain and every project, for at most 397 days', async () => {
    const ca = await open({ slugs: ['dev', 'ops'] })
    const certificate = leaf(ca)
    const hosts = ['localhost', 'example.test', 'api.example.test', 'web.dev.example.test', 'db.ops.example.test']
    expect(hosts.filter((host) => certificate.checkHost(host) === undefined)).toEqual([])
    expect(['127.0.0.1', '::1'].filter((ip) => certificate.checkIP(ip) === undefined)).toEqual([])
    expect(['evil.test', 'a.b.dev.example.test'].filter((host) => certificate.checkHost(host))).toEqual([])
    expect(certificate.checkIssued(new X509Certificate(ca.ca))).toBe(true)
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBeLessThanOrEqual(397 * DAY_MS)
  })

  it('is the same after a restart', async () => {
    const [first, second] = [await open(), await open()]
    expect([second.ca, second.current()]).toEqual([first.ca, first.current()])
  })

  it('issues another leaf for a project that comes later, and says so', async () => {
    const ca = await open()
    let changes = 0
    ca.onChange(() => changes++)
    await ca.cover('dev')
    expect(changes).toBe(0)
    await Promise.all([ca.cover('ops'), ca.cover('ops')])
    expect([changes, leaf(ca).checkHost('web.ops.example.test')]).toEqual([1, '*.ops.example.test'])
  })

  it('renews a leaf before it is over, from the same CA', async () => {
    const first = await open()
    now += 61 * DAY_MS
    const second = await open()
    expect(second.ca).toBe(first.ca)
    expect(Date.parse(leaf(second).validTo)).toBeGreaterThan(Date.parse(leaf(first).validTo))
  })

  it('renews a leaf while it runs', async () => {
    const ca = await open({ limits: { ...LIMITS, certCheckMs: 5 } })
    const before = leaf(ca).serialNumber
    const changed = new Promise<void>((resolve) => ca.onChange(resolve))
    now += 61 * DAY_MS
    await changed
    expect(leaf(ca).serialNumber).not.toBe(before)
  })

  it('issues another leaf when the one on disk has lost its key', async () => {
    const before = leaf(await open()).serialNumber
    await chmod(join(dir, 'leaf-key.pem'), 0o600)
    await writeFile(join(dir, 'leaf-key.pem'), 'not a key')
    expect(leaf(await open()).serialNumber).not.toBe(before)
  })

  it('makes another CA when the old one is over', async () => {
    const first = await open()
    now += 3651 * DAY_MS
    const second = await open()
    expect(second.ca).not.toBe(first.ca)
    expect(leaf(second).checkIssued(new X509Certificate(second.ca))).toBe(true)
  })
})
