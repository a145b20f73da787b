/** Owns starting the product as a user does: processes of the built command line with a state folder of their own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folder, launch, type Running } from './processes.ts'

const CLI = fileURLToPath(new URL('../../packages/cli/dist/towline.js', import.meta.url))

/** How a user would write `towline`, word by word. */
export const towline = (...words: readonly string[]): readonly string[] => [process.execPath, CLI, ...words]

export interface Forwarded extends Running {
  /** As `forward -o json` printed it. */
  readonly url: string
}

export interface Dialed extends Running {
  readonly port: number
}

export interface Towline {
  /** Of links, API and visitors. */
  readonly port: number
  /** The server's own site. */
  readonly siteUrl: string
  /** The one-time link that makes the first owner. */
  readonly setupUrl: string
  readonly server: Running
  /** What a `towline` command needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** PEM file of the development CA. */
  readonly caFile: string
  /** Host and port under which visitors find a published tunnel. */
  host(name: string): string
  /** `towline forward`; resolves when it is online. */
  forward(...words: readonly string[]): Promise<Forwarded>
  /** `towline dial --listen`; resolves when it listens. */
  dial(address: string): Promise<Dialed>
  /** Ends all that was started here, newest first. */
  close(): Promise<void>
}

/** `more` are further words for `towline up`. */
export const openTowline = async (...more: readonly string[]): Promise<Towline> => {
  const home = folder('interop')
  const env = { TOWLINE_HOME: home.path, TOWLINE_LOG: 'warn', NO_COLOR: '1' }
  const started: Running[] = []
  const start = (...words: readonly string[]): Running => {
    const running = launch(towline(...words), { env })
    started.push(running)
    return running
  }
  const close = async (): Promise<void> => {
    for (const running of started.splice(0).reverse()) await running.stop()
    home.remove()
  }
  try {
    const server = start('up', '--listen', '127.0.0.1:0', '--data', join(home.path, 'data'), '-o', 'json', ...more)
    const ready = JSON.parse(await line(server, 'ready')) as { port: number; url: string; setupUrl: string }
    const { port, url: siteUrl, setupUrl } = ready
    return {
      ...{ port, siteUrl, setupUrl },
      server,
      env,
      caFile: writeCa(env),
      host: (name) => `${name}.dev.localhost:${port}`,
      forward: async (...words) => {
        const running = start('forward', ...words, '-o', 'json')
        const { url } = JSON.parse(await line(running, 'online')) as { url: string }
        return { ...running, url }
      },
      dial: async (address) => {
        const running = start('dial', address, '--listen', '127.0.0.1:0')
        return { ...running, port: Number((await running.said(/listening 127\.0\.0\.1:(\d+) /))[1]) }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const line = async (running: Running, status: string): Promise<string> =>
  (await running.said(new RegExp(`^(\\{.*"status":"${status}".*\\})\\n`, 'm')))[1] as string

interface SavedContext {
  readonly ca: string
  /** The owner's. */
  readonly token: string
}

/** The context that `towline up` left. */
export const contextOf = ({ env }: Pick<Towline, 'env'>): SavedContext => {
  const { contexts } = JSON.parse(readFileSync(join(env['TOWLINE_HOME'] as string, 'contexts.json'), 'utf8')) as {
    readonly contexts: readonly SavedContext[]
  }
  return contexts[0] as SavedContext
}

const writeCa = (env: Towline['env']): string => {
  const file = join(env['TOWLINE_HOME'] as string, 'ca.pem')
  writeFileSync(file, contextOf({ env }).ca)
  return file
}
