/** Proves that every command README and the guides show does what they say, by typing each one in turn. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  openEcho,
  openHttpService,
  openWire,
  type Program,
  type SavedContext,
  type Service,
  unusedPort,
  verifies,
  visit,
} from '@towline/testkit'
import { openPostgres, type PostgresServer } from '@towline/testkit/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandsOf, type Shown } from './guide/commands.ts'
import { type Done, openReader, type Reader } from './guide/reader.ts'
import { read } from '../repository.ts'

/** What cannot be typed in a test, and where it is proven. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'npm test': 'it would run itself; test/interop/fresh-clone.test.ts runs it in a fresh copy',
  'towline webtty server --name edge-lab --fs-root /srv/app --install-service':
    'it needs systemd; packages/operations/src/webtty/systemd-unit.test.ts reads the unit',
  'towline app-server --tunnel devbox --upstream codex':
    'it needs stock Codex; test/interop/app-server/edge.test.ts runs it, and Codex against it',
  'towline login http://localhost:8080': 'a person allows it; test/system/login/guide.test.ts types it and does',
}

/** Settings that need what a test machine may lack, and where they are proven. */
const ELSEWHERE_WITH: Readonly<Record<string, string>> = {
  TOWLINE_DATABASE_URL: 'test/system/up-postgres.test.ts starts a server on a database of its own',
}

const isElsewhere = ({ line, exports }: Shown): boolean =>
  Object.hasOwn(ELSEWHERE, line) || Object.keys(exports).some((name) => Object.hasOwn(ELSEWHERE_WITH, name))

/** A page, and what its reader has done before. */
const PAGES: readonly (readonly [page: string, ...before: string[]])[] = [
  ['README.md'],
  ['docs/guide/publish.md'],
  ['docs/guide/private.md', 'towline up', 'towline forward 3000 --no-publish --name web-private'],
  [
    'docs/guide/inventory.md',
    'towline up',
    'towline forward 3000 --name web --label purpose=review --label branch=main',
    'towline forward 3000 --name other',
  ],
  ['docs/guide/self-host.md'],
  ['docs/guide/remote-machines.md', 'towline up'],
  ['docs/guide/app-server.md', 'towline up'],
]

/** What stands in a page for something of the reader's own machine. */
interface Machine {
  readonly web: number
  readonly echo: number
  readonly server: number
  readonly dialed: number
  readonly tokenFile: string
  readonly database: string
  /** For what a page puts anywhere on a machine. */
  readonly folder: string
  /** The line of an identity that a person would have carried across. */
  readonly key: string
  /** Of the tunnel named `other`. */
  readonly client: string
}

const REWRITES: readonly (readonly [shown: RegExp, here: (machine: Machine) => string])[] = [
  [/^towline up\b(?!.*--listen)/, ({ server }) => `towline up --listen 127.0.0.1:${server}`],
  [/(?<=--listen 127\.0\.0\.1:)(8080|9000)\b/, ({ server }) => String(server)],
  [/(?<=--listen 0\.0\.0\.0:)443\b/, ({ server }) => String(server)],
  [/(?<=^(?:curl|towline agent-check) .*http:\/\/localhost:)8080\b/, ({ server }) => String(server)],
  [/https:\/\/relay\.example\.com/, ({ server }) => `http://127.0.0.1:${server}`],
  [/^postgres:.*/, ({ database }) => database],
  [/\/run\/secrets\/towline/, ({ tokenFile }) => tokenFile],
  [/(?<=^towline (?:forward|local expose) (127\.0\.0\.1:)?)(3000|5173)\b/, ({ web }) => String(web)],
  [/(?<=^towline webtty expose --url \S+ )3000\b/, ({ web }) => String(web)],
  [/(?<=^towline forward )(5432|22)\b/, ({ echo }) => String(echo)],
  [/127\.0\.0\.1:15432/, ({ dialed }) => `127.0.0.1:${dialed}`],
  [/cli_0123456789abcdef/, ({ client }) => client],
  [/\/srv\/app|\/run\/user\/1000(?=\/)/, ({ folder }) => folder],
  // The login shell of whoever runs this may take its time.
  [/^towline webtty client --url \S+$/, () => '$& -- sh'],
  [/LINE_OF_\w+/, ({ key }) => key],
  // What ssh does with a ProxyCommand.
  [/^ssh -o ProxyCommand="(.*)%h" devbox$/, () => 'echo through | $1devbox'],
]

const here = (line: string, machine: Machine): string =>
  REWRITES.reduce((text, [shown, make]) => text.replace(shown, make(machine)), line)

/** What a command is stopped by: another of its kind, or one that takes its name. */
const slotOf = (line: string): string =>
  / --name (\S+)/.exec(line)?.[1] ?? (/^towline (?:webtty )?\S+/.exec(line)?.[0] || line)

/** The first JSON of a page that begins with a key. */
const jsonIn = (page: string, key: string): string =>
  new RegExp(`^\`\`\`json\\n(\\{\\n  "${key}".*?)^\`\`\`$`, 'ms').exec(read(page))?.[1] ?? ''

/** What more a command has to show, by its words. */
const SHOWS: readonly (readonly [words: RegExp, output: RegExp])[] = [
  [/^echo through/, /^through$/m],
  [/^printf/, /^HTTP\/1\.[01] 200 /m],
  [/^towline tunnel list .*purpose=review/, /\bweb\b/],
  [/^towline tunnel list .*branch=/, /\bweb\b/],
  [/^towline tunnel list -o text \| cut/, /^web\thttp:/m],
  [/^towline client list/, /cli_\w+/],
  [/^towline local (expose|list)/, /http:\/\/review\./],
  [/^towline local stop/, /\breview\tonline\b/],
  [/^towline token create/, /tow_\w+/],
  [/^towline app-server .*--private/, /^online +tow:\/\/devbox$/m],
  [/^towline app-server .*--(tunnel devbox$|allow)/, /^online +tow:\/\/devbox +wss:\/\/devbox\.dev\.localhost:\d+$/m],
  [/^towline tunnel list .*app\/protocol/, /\bdevbox\b/],
  [/^towline context/, /local/],
  [/^towline completion|^source/, /^/],
  [/^towline demo/, /✓ private dial/],
  [/^curl .*llms\.txt/, /^# /m],
  [/^towline agent-check/, /./],
  [/^towline doctor/, /./],
  [/^towline codex setup --verify/, /^READY +yes$/m],
  [/^towline approvals/, /^/],
  [/^towline audit/, /^AT +ACTION/m],
  [/^towline cleanup/, /^/],
  [/^towline webtty list/, /"name": "edge-lab"/],
  [/^towline webtty exec .*uname/, /^Linux /m],
  [/^towline webtty exec .*oops/, /"stdout":"hi\\n","stderr":"oops\\n"/],
  [/^towline webtty ps/, /^build-7 /m],
  [/^towline webtty output/, /^1\n2\n3$/m],
  [/^towline webtty wait/, /"exitCode":0/],
  [/^towline webtty browse/, /http/],
  [/^towline webtty expose /, /grafana\.dev/],
  [/^towline webtty exposed/, /^grafana +online/m],
  [/^towline webtty verify/, /^SAME +yes$/m],
  [/^towline webtty unexpose/, /stopped/],
  [/^towline webtty fs (ls|read)/, /notes|hello/],
  [/^towline webtty fs stat/, /"etag"/],
  [/^towline webtty identity show/, /^\S+$/m],
  [/^towline webtty exec .*(hostname|id)$/, /./],
]

describe.concurrent('guide', () => {
  let web: Service
  let echo: Service
  let database: PostgresServer
  beforeAll(async () => {
    database = await openPostgres()
    web = await openHttpService((_request, response) => response.end('served'))
    echo = await openEcho()
  })
  afterAll(() => Promise.all([web?.close(), echo?.close(), database?.stop()]))

  /** Whoever may visit gets the answer, and nobody else. */
  const visited = async (line: string, url: string): Promise<void> => {
    const status = line.includes('--token-auth') ? 401 : line.includes('--trusted-ips') ? 403 : 200
    if (line.includes(` ${web.port}`) && url.startsWith('http')) expect((await visit({ to: url })).status).toBe(status)
  }
  const echoed = async (port: number): Promise<void> => {
    using wire = await openWire(port)
    wire.socket.write('hello')
    await wire.until(/^hello$/)
  }

  const machineOf = async (reader: Reader): Promise<Machine> => ({
    web: web.port,
    echo: echo.port,
    server: await unusedPort(),
    dialed: await unusedPort(),
    tokenFile: join(reader.folder, 'token'),
    database: await database.schema(),
    folder: reader.folder,
    key: '',
    client: '',
  })

  /** Things a reader has at hand: certificates, settings, a token, and the id of a client. */
  const fetched = async (reader: Reader, { page, line, exports }: Shown, machine: Machine): Promise<Machine> => {
    const saved = (): SavedContext =>
      (JSON.parse(readFileSync(join(reader.folder, 'contexts.json'), 'utf8')) as { contexts: SavedContext[] })
        .contexts[0] as SavedContext
    if (line.includes('--tls-cert')) {
      copyFileSync(join(reader.folder, 'data', 'leaf.pem'), join(reader.folder, 'fullchain.pem'))
      copyFileSync(join(reader.folder, 'data', 'leaf-key.pem'), join(reader.folder, 'privkey.pem'))
    }
    if (line.includes('--config')) {
      writeFileSync(join(reader.folder, 'towline.json'), jsonIn(page, 'providers'))
      for (const name of ['oidc-secret', 'turn-secret']) writeFileSync(join(reader.folder, name), 'of the test')
    }
    if (exports['TOWLINE_TOKEN_FILE']) writeFileSync(machine.tokenFile, saved().token, { mode: 0o600 })
    if (line.includes('LINE_OF_')) return { ...machine, key: await keyIn(reader, line) }
    if (!line.includes('cli_')) return machine
    const { output } = await reader.type('towline tunnel list --filter name=other -o json')
    return { ...machine, client: (JSON.parse(output) as { clientId: string }[])[0]?.clientId ?? '' }
  }

  const keyIn = async (reader: Reader, line: string): Promise<string> => {
    const [, name = ''] = /LINE_OF_(\w+)/.exec(line) ?? []
    const { output } = await reader.type(`towline webtty identity show ${name.toLowerCase()} --endpoint-identity`)
    return output.trim()
  }

  const typed = async (reader: Reader, shown: Shown, machine: Machine): Promise<Done> => {
    const line = here(shown.line, machine)
    const exports = Object.entries(shown.exports).map(([key, value]) => [key, here(value, machine)])
    const done = await reader.type(line, Object.fromEntries(exports) as Record<string, string>)
    await visited(line, done.url)
    if (line.includes(' dial ') && done.program) await echoed(machine.dialed)
    for (const [words, output] of SHOWS) if (words.test(line)) expect(done.output, line).toMatch(output)
    return done
  }

  /** What was told to end ends in order. */
  const stopped = async (program: Program | undefined): Promise<void> => {
    if (!program || program.child.exitCode !== null) return
    program.kill('SIGTERM')
    expect(await program.ended()).toMatchObject({ status: 0 })
  }

  it.each(PAGES)('%s: each command works as it is shown', async (page, ...before) => {
    verifies(
      'tunnel.forward.http',
      'private.dial',
      'engine.filter',
      'cli.output',
      'run.up',
      'webtty.server',
      'webtty.list',
    )
    await using reader = openReader()
    let machine = await machineOf(reader)
    const running = new Map<string, Program>()
    const lines = [...before.map((line): Shown => ({ page, line, exports: {} })), ...commandsOf(page)]
    for (const shown of lines) {
      if (isElsewhere(shown)) continue
      await stopped(running.get(slotOf(shown.line)))
      machine = await fetched(reader, shown, machine)
      const { program } = await typed(reader, shown, machine)
      if (program) running.set(slotOf(shown.line), program)
    }
    expect(lines.length).toBeGreaterThan(before.length + 4)
    for (const program of [...running.values()].reverse()) await stopped(program)
  })
})
