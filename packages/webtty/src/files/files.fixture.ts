/** Owns a served folder of a test beside one that must stay out of reach, and raw requests to it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { LIMITS, type Limits } from '@towline/protocol'
import { tempFolder } from '@towline/testkit'
import { createFilesClient, type FilesClient, type FilesClientOptions } from './client/files-client.ts'
import { type Files, openFiles, type FilesOptions } from './open-files.ts'

export interface Told {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Of a problem. */
  readonly code: string | undefined
  json<T = Record<string, unknown>>(): T
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: Uint8Array | string
}

export interface ServedFolder extends AsyncDisposable {
  /** Paths on the machine. */
  readonly root: string
  readonly outside: string
  readonly state: string
  readonly port: number
  readonly files: Files
  readonly ask: (method: string, url: string, options?: AskOptions) => Promise<Told>
  readonly client: (options?: Partial<FilesClientOptions>) => FilesClient
  /** Sockets that are open now, to cut. */
  readonly sockets: ReadonlySet<Socket>
  /** Ends the service and opens it again on the same folders. */
  readonly reopen: (options?: Partial<FilesOptions>) => Promise<ServedFolder>
}

export type ServeOptions = Omit<Partial<FilesOptions>, 'limits'> & { readonly limits?: Partial<Limits> }

/** The words that must never come out. */
export const SECRET = 'the secret outside'

/** `served/` with `a/b/f` and `hello.txt`, and `outside/` with a secret. */
export const serveFolder = async (options: ServeOptions = {}): Promise<ServedFolder> => {
  const temp = tempFolder('files')
  const [root, outside, state] = ['served', 'outside', 'state'].map((name) => join(temp.path, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(join(root, 'a', 'b'), { recursive: true })
  mkdirSync(join(outside, 'b'), { recursive: true })
  writeFileSync(join(root, 'hello.txt'), 'hello')
  writeFileSync(join(root, 'a', 'b', 'f'), 'inside')
  writeFileSync(join(outside, 'secret'), SECRET)
  writeFileSync(join(outside, 'b', 'f'), SECRET)
  return await serve({ root, outside, state, remove: temp.remove }, options)
}

interface Where {
  readonly root: string
  readonly outside: string
  readonly state: string
  readonly remove: () => void
}

const serve = async (where: Where, { limits, ...options }: ServeOptions): Promise<ServedFolder> => {
  const { root, outside, state } = where
  const files = await openFiles({ root, state, ...options, limits: { ...LIMITS, ...limits } })
  const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => files.handler(req, res))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const clients: FilesClient[] = []
  const end = async (): Promise<void> => {
    for (const client of clients) client.close()
    await files.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    root,
    outside,
    state,
    port,
    files,
    sockets,
    ask: (method, url, asked = {}) => ask({ port, method, url }, asked),
    client(own = {}) {
      const createConnection = (): Promise<Socket> =>
        new Promise((resolve, reject) => {
          const socket = connect(port, '127.0.0.1', () => resolve(socket))
          socket.once('error', reject)
        })
      const client = createFilesClient({ createConnection, base: '', wait: () => Promise.resolve(), ...own })
      clients.push(client)
      return client
    },
    async reopen(changed = {}) {
      await end()
      return await serve(where, { ...options, ...(limits && { limits }), ...changed })
    },
    async [Symbol.asyncDispose]() {
      await end()
      where.remove()
    },
  }
}

/** A request whose path is sent as it stands. */
const ask = (to: { port: number; method: string; url: string }, { headers = {}, body }: AskOptions): Promise<Told> =>
  new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const options = {
      host: '127.0.0.1',
      port: to.port,
      method: to.method,
      path: to.url,
      agent: false,
      headers: { ...length, ...headers },
    }
    const req = request(options, (res) => {
      const parts: Buffer[] = []
      res.on('data', (part: Buffer) => parts.push(part)).once('error', reject)
      res.once('end', () => resolve(told(res.statusCode ?? 0, res.headers, Buffer.concat(parts))))
    })
    req.once('error', reject)
    req.end(body)
  })

const told = (status: number, headers: IncomingHttpHeaders, body: Buffer): Told => {
  const json = <T>(): T => JSON.parse(body.toString()) as T
  const isProblem = headers['content-type'] === 'application/problem+json' && body.length > 0
  return { status, headers, body, json, code: isProblem ? json<{ code: string }>().code : undefined }
}

/** A JSON body. */
export const json = (value: unknown): AskOptions => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

/** `/v1/ROUTE?path=…` with the path encoded once. */
export const url = (route: string, path: string, rest = ''): string =>
  `/v1/${route}?path=${encodeURIComponent(path)}${rest}`
