/** Owns opening a TCP connection on a bare handle, without a stream object. */
import { type Binding, binding, type ConnectRequest, type StreamHandle } from './binding.ts'
import { HandleSocket } from './handle-socket.ts'

const { TCP, TCPConnectWrap, clientType } = (binding ?? {}) as Binding

/** One attempt at one address. `cancel` makes a late success harmless. */
export interface Attempt {
  readonly done: Promise<HandleSocket>
  cancel(): void
}

const onConnected = function (this: ConnectRequest, status: number): void {
  this.settled(status)
}

/** Connects to an IP address. Rejects with the libuv status as `errno`. */
export const connectHandle = (address: string, port: number): Attempt => {
  const handle = new TCP(clientType)
  const request = new TCPConnectWrap()
  let cancelled = false
  const done = new Promise<HandleSocket>((resolve, reject) => {
    request.oncomplete = onConnected
    request.settled = (status) => {
      if (status < 0 || cancelled) return refuse(handle, status, reject)
      handle.setNoDelay?.(true)
      resolve(new HandleSocket(handle))
    }
    const failed = address.includes(':')
      ? handle.connect6(request, address, port)
      : handle.connect(request, address, port)
    if (failed) refuse(handle, failed, reject)
  })
  const cancel = (): void => {
    if (cancelled) return
    cancelled = true
    handle.close()
  }
  return { done, cancel }
}

const refuse = (handle: StreamHandle, status: number, reject: (error: Error) => void): void => {
  handle.close()
  reject(Object.assign(new Error('connect failed'), { errno: status }))
}
