/** Owns a file service in a process of its own, which a test can kill. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const source = fileURLToPath(new URL('../../../packages/webtty/src/files', import.meta.url))

const PROGRAM = `
  import { createServer } from 'node:http'
  import { openFiles } from './open-files.ts'
  const [, , root, state] = process.argv
  const { handler } = await openFiles({ root, state })
  const server = createServer(handler)
  server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)))
  setInterval(() => {
    const { rss } = process.memoryUsage()
    if (rss > Number(process.env.RSS_MAX ?? Infinity)) process.exit(42)
  }, 20).unref()
`

/** The program of such a process; `remove` takes it away. */
export const buildServer = async (): Promise<{ start: Start; remove: () => void }> => {
  // Below the room, so that it finds what it does not hold.
  const folder = join(source, '..', '..', 'node_modules', '.cache', `files-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'server.mjs')
  await build({
    stdin: { contents: PROGRAM, resolveDir: source, loader: 'ts' },
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['towline-source'],
    packages: 'bundle',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    logLevel: 'silent',
  })
  return { start: (where) => startServer(file, where), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

interface Where {
  readonly root: string
  readonly state: string
  /** Bytes of memory above which it ends with status 42. */
  readonly rssMax?: number
}

export type Start = (
  where: Where,
) => Promise<{ readonly port: number; readonly child: ChildProcess; kill(): Promise<void> }>

const startServer = async (file: string, { root, state, rssMax }: Where): ReturnType<Start> => {
  const env = { ...process.env, ...(rssMax === undefined ? {} : { RSS_MAX: String(rssMax) }) }
  const child = spawn(process.execPath, [file, root, state], { stdio: ['ignore', 'pipe', 'inherit'], env })
  const [port] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { port: Number(String(port)), child, kill }
}
