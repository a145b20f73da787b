/** Owns the one place that touches Node's stream handles: their shape, and the test that says whether they can be used. */

/** The object behind a net.Socket or TLSSocket, as libuv's stream base offers it on Node 20 to 26. */
export interface StreamHandle {
  onread: ((this: StreamHandle, chunk: ArrayBuffer | undefined) => Uint8Array | undefined) | undefined
  /** Ours: who the callbacks belong to. */
  byteOwner?: unknown
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
  const found = {
    WriteWrap: stream.WriteWrap,
    ShutdownWrap: stream.ShutdownWrap,
    state: stream.streamBaseState,
    readResult: stream.kReadBytesOrError,
    bufferOffset: stream.kArrayBufferOffset,
    lastWriteWasAsync: stream.kLastWriteWasAsync,
    eof: get.call(process, 'uv').UV_EOF,
  }
  return usable(found) && handlesFit(get.call(process, 'tcp_wrap')) ? found : undefined
}

const usable = (found: Record<string, unknown>): found is Record<string, unknown> & Binding =>
  typeof found.WriteWrap === 'function' &&
  typeof found.ShutdownWrap === 'function' &&
  ArrayBuffer.isView(found.state) &&
  [found.readResult, found.bufferOffset, found.lastWriteWasAsync, found.eof].every((value) => typeof value === 'number')

const METHODS = ['readStart', 'readStop', 'useUserBuffer', 'writeBuffer', 'writev', 'shutdown', 'close', 'reset']

const handlesFit = (tcp: Record<string, unknown>): boolean => {
  const prototype = (tcp.TCP as { prototype?: Record<string, unknown> } | undefined)?.prototype
  return METHODS.every((name) => typeof prototype?.[name] === 'function')
}

/** Undefined where the handles are not as we know them: the public API is used instead. */
export const binding: Binding | undefined = load()

