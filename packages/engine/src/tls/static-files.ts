/** Owns certificates from files that others write: read at start, and again whenever they change. */
import { type FSWatcher, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import { type CertificateSource, Changes, type KeyPair, problemOf } from './certificate.ts'

export interface StaticFilesOptions {
  readonly certFile: string
  readonly keyFile: string
  readonly limits: Pick<Limits, 'certPollMs' | 'certDebounceMs'>
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Rejects with CONFIG_INVALID when the files cannot be used. Later, a bad pair is logged and the old one stays. */
export const openStaticFiles = async (options: StaticFilesOptions): Promise<CertificateSource> => {
  const files = new StaticFiles(options, await readPair(options))
  await files.watch()
  return files
}

class StaticFiles implements CertificateSource {
  readonly #options: StaticFilesOptions
  readonly #changes = new Changes()
  #pair: KeyPair
  #stamp = ''
  #watchers: FSWatcher[] = []
  #poll: NodeJS.Timeout | undefined
  #rest: NodeJS.Timeout | undefined
  #reading: Promise<void> | undefined
  #closed = false

  constructor(options: StaticFilesOptions, pair: KeyPair) {
    this.#options = options
    this.#pair = pair
  }

  current(): KeyPair {
    return this.#pair
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener)
  }

  /** Folders are watched, as files are often replaced by renaming; where watching does not work, the poll remains. */
  async watch(): Promise<void> {
    const { certFile, keyFile, limits } = this.#options
    this.#stamp = await this.#stampNow()
    for (const folder of new Set([dirname(certFile), dirname(keyFile)])) {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#soon())
        this.#watchers.push(watcher.on('error', () => watcher.close()))
      } catch {
        // The poll below is slower, and always there.
      }
    }
    this.#poll = setInterval(() => this.#soon(), limits.certPollMs)
    this.#poll.unref()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#poll)
    clearTimeout(this.#rest)
    for (const watcher of this.#watchers) watcher.close()
    await this.#reading
  }

  /** Two files change one after the other: waits until they rest. */
  #soon(): void {
    if (this.#closed) return
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => {
      this.#reading ??= this.#reload().finally(() => {
        this.#reading = undefined
      })
    }, this.#options.limits.certDebounceMs)
    this.#rest.unref()
  }

  async #reload(): Promise<void> {
    const stamp = await this.#stampNow()
    if (stamp === this.#stamp) return
    this.#stamp = stamp
    const { log, certFile } = this.#options
    try {
      this.#pair = await readPair(this.#options)
      log.info({ file: certFile }, 'certificate changed')
      this.#changes.tell()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      log.warn({ code: error.code, ...error.details }, 'certificate not taken, the old one stays')
    }
  }

  async #stampNow(): Promise<string> {
    const { certFile, keyFile } = this.#options
    const stamps = [certFile, keyFile].map((file) =>
      stat(file, { bigint: true }).then(
        ({ mtimeNs, size, ino }) => `${mtimeNs}:${size}:${ino}`,
        () => 'gone',
      ),
    )
    return (await Promise.all(stamps)).join(' ')
  }
}

const readPair = async ({ certFile, keyFile }: StaticFilesOptions): Promise<KeyPair> => {
  const pair = { cert: await readText('certFile', certFile), key: await readText('keyFile', keyFile) }
  const problem = problemOf(pair)
  if (problem !== undefined) throw new AppError('CONFIG_INVALID', { key: 'certFile', file: certFile, problem })
  return pair
}

const readText = async (key: string, file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const problem = (error as NodeJS.ErrnoException).code ?? 'it cannot be read'
    throw new AppError('CONFIG_INVALID', { key, file, problem })
  }
}
