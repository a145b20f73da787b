/** Owns the local development CA: made once in a folder, and the one leaf it keeps fresh for all hosts of this engine. */
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@towline/base'
import { randomText } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import { type CertificateSource, Changes, type KeyPair } from './certificate.ts'
import { isKeyOf, issueCa, issueLeaf } from './issue.ts'

export interface DevCaOptions {
  /** Made with mode 0700 when it is missing. */
  readonly dir: string
  /** Of public hosts. */
  readonly domain: string
  /** Projects whose hosts `<name>.<slug>.<domain>` are covered. */
  readonly slugs: readonly string[]
  /** IP addresses besides loopback that the certificate names: where the engine listens. */
  readonly addresses?: readonly string[]
  readonly limits: Pick<Limits, 'certCheckMs' | 'certLeafSeconds' | 'certRenewSeconds' | 'certCaSeconds'>
  readonly log: Pick<Log, 'info' | 'error'>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** A source whose certificates chain to a CA that clients pin. */
export interface DevCa extends CertificateSource {
  /** The CA's certificate, PEM; what contexts and browsers are given to trust. */
  readonly ca: string
  /** Covers one more project, when it is not covered yet. */
  cover(slug: string): Promise<void>
}

const FILES = { caCert: 'ca.pem', caKey: 'ca-key.pem', leafCert: 'leaf.pem', leafKey: 'leaf-key.pem' } as const
const FIXED_NAMES = ['localhost', '127.0.0.1', '::1'] as const

/** Opens the CA of `dir`, making it when there is none. Rejects with CONFIG_INVALID when its files are damaged. */
export const openDevCa = async (options: DevCaOptions): Promise<DevCa> => {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  const ca = (await readCa(options)) ?? (await makeCa(options))
  const source = new LocalCa(options, ca)
  await source.refresh()
  source.start()
  return source
}

class LocalCa implements DevCa {
  readonly #options: DevCaOptions
  readonly #ca: KeyPair
  readonly #slugs: Set<string>
  readonly #changes = new Changes()
  #leaf: KeyPair | undefined
  #timer: NodeJS.Timeout | undefined
  /** One issue at a time. */
  #queue: Promise<void> = Promise.resolve()

  constructor(options: DevCaOptions, ca: KeyPair) {
    this.#options = options
    this.#ca = ca
    this.#slugs = new Set(options.slugs)
  }

  get ca(): string {
    return this.#ca.cert
  }

  current(): KeyPair {
    return this.#leaf as KeyPair
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener)
  }

  async cover(slug: string): Promise<void> {
    this.#slugs.add(slug)
    await this.refresh()
  }

  /** Takes the leaf on disk while it is good, else issues a new one. */
  refresh(): Promise<void> {
    const turn = this.#queue.then(() => this.#refresh())
    this.#queue = turn.catch(() => {})
    return turn
  }

  start(): void {
    const { limits, log } = this.#options
    this.#timer = setInterval(() => {
      this.refresh().catch((error: unknown) => log.error({ err: error }, 'certificate not renewed'))
    }, limits.certCheckMs)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#queue
  }

  async #refresh(): Promise<void> {
    const names = this.#names()
    if (this.#leaf && this.#good(this.#leaf, names)) return
    const before = this.#leaf
    const kept = before ? undefined : await readPair(this.#options.dir, 'leafCert', 'leafKey')
    this.#leaf = kept && this.#good(kept, names) ? kept : await this.#issue(names)
    if (before) this.#changes.tell()
  }

  async #issue(names: readonly string[]): Promise<KeyPair> {
    const { clock, dir, limits, log } = this.#options
    const leaf = await issueLeaf(this.#ca, names, { now: seconds(clock), seconds: limits.certLeafSeconds })
    await writePair(dir, { cert: FILES.leafCert, key: FILES.leafKey }, leaf)
    log.info({ names: names.length, dir }, 'certificate issued')
    return leaf
  }

  /** The same order for the same set, so that nothing is reissued for nothing. */
  #names(): readonly string[] {
    const { domain, addresses = [] } = this.#options
    const slugs = [...this.#slugs].sort()
    return [
      ...new Set([...FIXED_NAMES, ...addresses, domain, `*.${domain}`, ...slugs.map((slug) => `*.${slug}.${domain}`)]),
    ]
  }

  #good(pair: KeyPair, names: readonly string[]): boolean {
    const { clock, limits } = this.#options
    try {
      const leaf = new X509Certificate(pair.cert)
      const left = Date.parse(leaf.validTo) / 1000 - seconds(clock)
      const signed = leaf.verify(new X509Certificate(this.#ca.cert).publicKey)
      return signed && left > limits.certRenewSeconds && isKeyOf(pair, leaf) && covers(leaf, names)
    } catch {
      return false
    }
  }
}

const covers = (leaf: X509Certificate, names: readonly string[]): boolean => {
  const listed = new Set(
    (leaf.subjectAltName ?? '').split(', ').map((entry) => entry.replace(/^(DNS|IP Address):/, '')),
  )
  return names.every((name) => listed.has(name === '::1' ? '0:0:0:0:0:0:0:1' : name))
}

const seconds = (clock: () => number): number => Math.floor(clock() / 1000)

const makeCa = async ({ dir, domain, clock, limits, log }: DevCaOptions): Promise<KeyPair> => {
  const life = { now: seconds(clock), seconds: limits.certCaSeconds }
  const ca = await issueCa(`Towline ${domain} ${randomText(6)}`, life)
  await writePair(dir, { cert: FILES.caCert, key: FILES.caKey }, ca)
  log.info({ dir }, 'development CA made')
  return ca
}

/** Undefined when there is none, or it is over. Damaged files are never replaced: clients may have pinned them. */
const readCa = async ({ dir, clock }: DevCaOptions): Promise<KeyPair | undefined> => {
  const pair = await readPair(dir, 'caCert', 'caKey')
  if (!pair) return undefined
  const file = join(dir, FILES.caCert)
  try {
    const certificate = new X509Certificate(pair.cert)
    if (!certificate.ca || !isKeyOf(pair, certificate)) throw new Error('certificate and key do not belong together')
    return Date.parse(certificate.validTo) / 1000 > seconds(clock) ? pair : undefined
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'it cannot be read'
    throw new AppError('CONFIG_INVALID', { key: 'ca', file, problem })
  }
}

/** Undefined when there is no certificate; a key that is missing is empty, and fits nothing. */
const readPair = async (
  dir: string,
  certName: keyof typeof FILES,
  keyName: keyof typeof FILES,
): Promise<KeyPair | undefined> => {
  const read = (name: keyof typeof FILES): Promise<string | undefined> =>
    readFile(join(dir, FILES[name]), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw new AppError('CONFIG_INVALID', {
        key: name,
        file: join(dir, FILES[name]),
        problem: error.code ?? 'unreadable',
      })
    })
  const [cert, key] = [await read(certName), await read(keyName)]
  return cert === undefined ? undefined : { cert, key: key ?? '' }
}

/** The key first: a certificate on disk always has its key beside it. */
const writePair = async (dir: string, names: KeyPair, pair: KeyPair): Promise<void> => {
  await replace(join(dir, names.key), pair.key, 0o600)
  await replace(join(dir, names.cert), pair.cert, 0o644)
}

const replace = async (file: string, text: string, mode: number): Promise<void> => {
  const fresh = `${file}.${randomText(8)}`
  await writeFile(fresh, text, { mode, flag: 'wx' })
  await rename(fresh, file)
}
