/** Owns a server that answers as an authorization server does, for tests of its client: it notes what it is asked. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface AskedOauth {
  readonly path: string
  readonly body: Readonly<Record<string, string>>
  readonly authorization?: string | undefined
}

type Reply = (response: ServerResponse, asked: AskedOauth) => void

export interface FakeOauth {
  readonly url: string
  readonly asked: AskedOauth[]
  /** Fields of the metadata that differ. */
  metadata: Readonly<Record<string, unknown>>
  /** Answers everything but the metadata. */
  reply: Reply
  close(): Promise<void>
}

export const json =
  (body: unknown, status = 200, type = 'application/json'): Reply =>
  (response) =>
    void response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))

/** Tokens as the token endpoint gives them. */
export const tokens = (access: string, refresh: string) => ({
  access_token: access,
  refresh_token: refresh,
  token_type: 'Bearer',
  expires_in: 3600,
  scope: 'tunnels.list',
})

export const openFakeOauth = async (): Promise<FakeOauth> => {
  const asked: AskedOauth[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const path = request.url ?? '/'
      if (path.startsWith('/.well-known/'))
        return json({ ...described(fake.url), ...fake.metadata })(response, { path, body: {} })
      const { authorization } = request.headers
      const one = {
        path,
        ...(authorization === undefined ? {} : { authorization }),
        body: Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString())),
      }
      asked.push(one)
      fake.reply(response, one)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const fake: FakeOauth = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    metadata: {},
    reply: json({}),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
  return fake
}

const described = (issuer: string) => ({
  issuer,
  token_endpoint: `${issuer}/oauth/token`,
  device_authorization_endpoint: `${issuer}/oauth/device`,
  revocation_endpoint: `${issuer}/oauth/revoke`,
})
