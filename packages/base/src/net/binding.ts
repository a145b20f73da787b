/** Owns the one place that touches Node's stream handles: their shape, and the test that says whether they can be used. */
import type { HandleOwner } from './handle-callbacks.ts'

/** The object behind a net.Socket or TLSSocket, as libuv's stream base offers it on Node 20 to 26. */
export interface StreamHandle {
  onread: ((this: StreamHandle, chunk: ArrayBuffer | undefined) => Uint8Array | undefined) | undefined
  /** Node's own note of whether it asked for reads. */
  reading?: boolean
  /** Ours: who the callbacks belong to. */
  byteOwner?: HandleOwner | undefined
  readStart(): number
  readStop(): number
  useUserBuffer(buffer: Uint8Array): void
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
  writev(request: WriteRequest, parts: Uint8Array[], allBuffers: true): number
  shutdown(request: ShutdownRequest): number
  close(done?: () => void): void
  reset?(done?: () => void): number
  getpeername?(out: SocketName): number
  getsockname?(out: SocketName): number
  setNoDelay?(on: boolean): number
}

/** A handle that is not connected yet. */
export interface TcpHandle extends StreamHandle {
  connect(request: ConnectRequest, address: string, port: number): number
  connect6(request: ConnectRequest, address: string, port: number): number
}

export interface ConnectRequest {
  oncomplete: (status: number) => void
  /** Ours: told by `oncomplete`. */
  settled: (status: number) => void
}

export interface SocketName {
  address?: string
  port?: number
  family?: string
}

export interface WriteRequest {
  handle: StreamHandle
  oncomplete: (status: number) => void
  async: boolean
  bytes: Uint8Array | Uint8Array[] | undefined
}

export interface ShutdownRequest {
  handle: StreamHandle
  oncomplete: (status: number) => void
}

/** What the byte path takes from Node. */
export interface Binding {
  readonly WriteWrap: new () => WriteRequest
  readonly ShutdownWrap: new () => ShutdownRequest
  readonly TCP: new (type: number) => TcpHandle
  readonly TCPConnectWrap: new () => ConnectRequest
  /** The type of a handle that connects. */
  readonly clientType: number
  /** Results of the last call: indexes below. */
  readonly state: Int32Array
  readonly readResult: number
  readonly bufferOffset: number
  readonly lastWriteWasAsync: number
  readonly eof: number
}

/** Off by `TOWLINE_SOCKET_PATH=public`, for tests and for comparing. */
const load = (): Binding | undefined => {
  if (process.env.TOWLINE_SOCKET_PATH === 'public') return undefined
  try {
    return fromProcess()
  } catch {
    return undefined
  }
}

const fromProcess = (): Binding | undefined => {
  const get = (process as unknown as { binding(name: string): Record<string, unknown> }).binding
  const stream = get.call(process, 'stream_wrap')
  const tcp = get.call(process, 'tcp_wrap')
  const found = {
    WriteWrap: stream.WriteWrap,
    ShutdownWrap: stream.ShutdownWrap,
    state: stream.streamBaseState,
    readResult: stream.kReadBytesOrError,
    bufferOffset: stream.kArrayBufferOffset,
    lastWriteWasAsync: stream.kLastWriteWasAsync,
    eof: get.call(process, 'uv').UV_EOF,
    TCP: tcp.TCP,
    TCPConnectWrap: tcp.TCPConnectWrap,
    clientType: (tcp.constants as { SOCKET?: unknown } | undefined)?.SOCKET,
  }
  return usable(found) && handlesFit(found.TCP) ? found : undefined
}

const usable = (found: Record<string, unknown>): found is Record<string, unknown> & Binding =>
  [found.WriteWrap, found.ShutdownWrap, found.TCP, found.TCPConnectWrap].every(
    (value) => typeof value === 'function',
  ) &&
  ArrayBuffer.isView(found.state) &&
  [found.readResult, found.bufferOffset, found.lastWriteWasAsync, found.eof, found.clientType].every(
    (value) => typeof value === 'number',
  )

const METHODS = [
  'readStart',
  'readStop',
  'useUserBuffer',
  'writeBuffer',
  'writev',
  'shutdown',
  'close',
  'reset',
  'connect6',
]

const handlesFit = (TCP: Binding['TCP']): boolean =>
  METHODS.every((name) => typeof (TCP.prototype as Record<string, unknown>)[name] === 'function')

/** Undefined where the handles are not as we know them: the public API is used instead. */
export const binding: Binding | undefined = load()
