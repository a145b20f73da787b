import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CertificateSource, KeyPair } from './certificate.ts'
import { certified } from './certificates.fixture.ts'
import { openStaticFiles } from './static-files.ts'

const LIMITS_FAST = { ...LIMITS, certPollMs: 20, certDebounceMs: 5 }

describe('tls static files', () => {
  let one: KeyPair
  let two: KeyPair
  let dir: string
  let certFile: string
  let keyFile: string
  let source: CertificateSource | undefined
  let warned: Record<string, unknown>[]
  let onWarn: () => void

  beforeAll(async () => {
    one = (await certified('one.test')).leaf
    two = (await certified('two.test')).leaf
  })

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'towline-cert-'))
    certFile = join(dir, 'cert.pem')
    keyFile = join(dir, 'key.pem')
    warned = []
    onWarn = () => {}
    await write(one)
  })

  afterEach(async () => {
    await source?.close()
    source = undefined
    await rm(dir, { recursive: true, force: true })
  })

  const write = async ({ cert, key }: KeyPair): Promise<void> => {
    await writeFile(`${keyFile}.new`, key)
    await rename(`${keyFile}.new`, keyFile)
    await writeFile(certFile, cert)
  }

  const log = {
    info() {},
    warn(fields: unknown) {
      warned.push(fields as Record<string, unknown>)
      onWarn()
    },
  }

  const open = async (limits = LIMITS_FAST): Promise<CertificateSource> => {
    source = await openStaticFiles({ certFile, keyFile, limits, log })
    return source
  }

  it('refuses at start what cannot be used, naming the file and never the key', async () => {
    await writeFile(keyFile, two.key)
    await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { file: certFile } })
    await writeFile(certFile, 'no certificate')
    await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { file: certFile } })
    await rm(keyFile)
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { key: 'keyFile', file: keyFile, problem: 'ENOENT' },
    })
  })

  it.each([
    ['told by the folder', { ...LIMITS, certDebounceMs: 5 }],
    ['found by looking now and then', LIMITS_FAST],
  ])('takes a new pair, %s', async (_how, limits) => {
    const files = await open(limits)
    const changed = new Promise<void>((resolve) => files.onChange(resolve))
    await write(two)
    await changed
    expect(files.current()).toEqual(two)
  })

  it('keeps the old pair when the new one is bad, says so, and takes the next good one', async () => {
    const files = await open()
    const told = new Promise<void>((resolve) => {
      onWarn = resolve
    })
    await writeFile(certFile, 'half a certif')
    await told
    expect([warned[0], files.current()]).toEqual([
      { code: 'CONFIG_INVALID', key: 'certFile', file: certFile, problem: expect.any(String) },
      one,
    ])
    const changed = new Promise<void>((resolve) => files.onChange(resolve))
    await write(two)
    await changed
    expect(files.current()).toEqual(two)
  })
})
