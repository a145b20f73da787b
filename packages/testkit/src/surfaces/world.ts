/** Owns what the surfaces of a credential lead to: a system with a private service, a link that asks for a token, and ports. */
import type { System } from '../system.ts'
import { openEcho, openHttpService, type Service } from '../services.ts'
import { type Answer, openWire, type Wire } from '../visitor.ts'

export interface SurfaceWorld extends AsyncDisposable {
  readonly system: System
  /** Sends back what it gets; the owner serves it privately as `db`. */
  readonly echo: Service
  /** Answers with a first part and goes on for ever; the owner publishes it as `guarded`, which asks for a token. */
  readonly endless: Service
  /** One request on a connection of its own, whose answer is read as it comes. */
  request(asked: RawRequest): Promise<Wire>
}

export interface RawRequest {
  /** Of the server itself when absent. */
  readonly host?: string
  readonly path: string
  readonly token?: string | undefined
  readonly headers?: readonly string[]
}

/** The system stays its opener's. */
export const openSurfaceWorld = async (system: System): Promise<SurfaceWorld> => {
  const echo = await openEcho()
  const endless = await openHttpService((_request, response) => void response.writeHead(200).write('first part'))
  await system.serve({ kind: 'private', name: 'db' }, echo.port)
  await system.serve({ kind: 'http', name: 'guarded', tokenAuth: true }, endless.port)
  const request: SurfaceWorld['request'] = async ({ host = `localhost:${system.port}`, path, token, headers = [] }) => {
    const wire = await openWire(system.port)
    const proof = token === undefined ? [] : [`Authorization: Bearer ${token}`]
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Towline-Project: dev', ...proof, ...headers]
    wire.socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    return wire
  }
  const close = async (): Promise<void> => void (await Promise.all([echo.close(), endless.close()]))
  return { system, echo, endless, request, [Symbol.asyncDispose]: close }
}

interface Refusal {
  /** Of the control API. */
  readonly code?: string
  /** Of the engine API and pages; JSON-RPC has it in `data`. */
  readonly error?: { readonly code?: string; readonly data?: { readonly code?: string } }
}

/** The stable code of an answer, by the shape of its surface; OK when it was not refused. */
export const codeOf = ({ status, body }: Pick<Answer, 'status' | 'body'>): string => {
  if (status < 400) return 'OK'
  const { code, error } = JSON.parse(body) as Refusal
  return code ?? error?.data?.code ?? error?.code ?? body
}
