/** Owns a person who logs a command line in: the process waits, a browser approves, and the process says so. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Home, Line, Program } from '@towline/testkit'
import { decide, enterCode } from '../oauth/login.ts'

/** Bounds under which a login takes a second. */
export const QUICK = { devicePollSeconds: 1, userCodesPerMinute: 1_000, userCodesPerMinuteOfAddress: 1_000 } as const

export interface Waiting {
  readonly program: Program
  /** The line with the page and the code. */
  readonly pending: Line
}

/** As far as the line that says where to approve. */
export const startLogin = async (home: Home, ...words: readonly string[]): Promise<Waiting> => {
  const program = home.start(['login', ...words, '-o', 'json'])
  return { program, pending: await program.status('pending') }
}

/** A whole login; answers its last line. */
export const logInBy = async (
  home: Home,
  browser: Browser,
  words: readonly string[],
  permission?: readonly string[],
): Promise<Line> => {
  const { program, pending } = await startLogin(home, ...words)
  await decide(browser, await enterCode(browser, String(pending['url'])), permission)
  const done = await program.status('logged-in')
  await program.ended()
  return done
}

/** One context as the file holds it. */
export interface StoredContext {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly project?: string
  readonly ca?: string
  readonly login?: {
    readonly issuer: string
    readonly refreshToken: string
    readonly expiresAt: number
    readonly permissions: string[]
  }
}

const fileOf = (home: Home): string => join(home.folder.path, 'contexts.json')

export const readStored = (home: Home): { current?: string; contexts: StoredContext[] } =>
  JSON.parse(readFileSync(fileOf(home), 'utf8')) as { current?: string; contexts: StoredContext[] }

/** As if the access tokens had come to their end. */
export const expireTokens = (home: Home): void => {
  const stored = readStored(home)
  const contexts = stored.contexts.map((one) => (one.login ? { ...one, login: { ...one.login, expiresAt: 1 } } : one))
  writeFileSync(fileOf(home), JSON.stringify({ ...stored, contexts }), { mode: 0o600 })
}

/** As if no project had been chosen yet. */
export const forgetProject = (home: Home): void => {
  const stored = readStored(home)
  const contexts = stored.contexts.map((kept) => {
    const { project: _, ...one } = kept
    return one
  })
  writeFileSync(fileOf(home), JSON.stringify({ ...stored, contexts }), { mode: 0o600 })
}

/** The error of a command that printed JSON. */
export const errorOf = ({ stderr }: { readonly stderr: string }) =>
  (JSON.parse(stderr.trim().split('\n').at(-1) as string) as { error: { code: string; message: string; next: string } })
    .error

/** A server in front of another that notes which requests come by. */
export const openWitness = async (to: number) => {
  const seen: string[] = []
  const server = createServer((asked, answer) => {
    seen.push(`${asked.method} ${(asked.url ?? '').split('?')[0]}`)
    const { method, headers, url: path } = asked
    const forwarded = request({ host: '127.0.0.1', port: to, method, headers, path }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    forwarded.on('error', () => answer.destroy())
    asked.pipe(forwarded)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.closeAllConnections()
      server.close(() => done())
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close }
}
