/** Owns listening in: all bytes on the sockets between a party and the relay, and all memory of a process. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Tap extends AsyncDisposable {
  readonly port: number
  /** Everything that crossed so far, both ways. */
  readonly bytes: () => Buffer
  close(): Promise<void>
}

/** Listens on port 0, leads to a port of this machine, and keeps what passes. */
export const openTap = async (to: number): Promise<Tap> => {
  const kept: Buffer[] = []
  const sockets = new Set<Socket>()
  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    const far = connect({ port: to, host: '127.0.0.1' })
    for (const socket of [near, far]) track(socket).on('data', (bytes) => kept.push(bytes))
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => Buffer.concat(kept),
    close,
    [Symbol.asyncDispose]: close,
  }
}

const CHUNK = 16 * 1024 * 1024

/** How often `needle` is in the memory of a process, in any region that can be read. */
export const countInMemory = (pid: number, needle: Buffer): number => {
  const regions = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const chunk = Buffer.alloc(CHUNK + needle.length - 1)
  try {
    return regions.reduce((sum, region) => sum + countInRegion(memory, { region, needle, chunk }), 0)
  } finally {
    closeSync(memory)
  }
}

interface Search {
  readonly region: string
  readonly needle: Buffer
  readonly chunk: Buffer
}

const countInRegion = (memory: number, { region, needle, chunk }: Search): number => {
  const [, from = '0', to = '0', mode = ''] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(region) ?? []
  if (!mode.startsWith('r') || /\[v(var|syscall)/.test(region)) return 0
  const end = Number.parseInt(to, 16)
  let found = 0
  // Chunks overlap by one byte less than the needle, so that each place counts once.
  for (let at = Number.parseInt(from, 16); at < end; at += CHUNK) {
    const length = Math.min(chunk.length, end - at)
    found += count(chunk.subarray(0, readAt(memory, chunk.subarray(0, length), at)), needle)
  }
  return found
}

const readAt = (memory: number, into: Buffer, at: number): number => {
  try {
    return readSync(memory, into, 0, into.length, at)
  } catch {
    // A region that went away, or has nothing behind it.
    return 0
  }
}

export const count = (haystack: Buffer, needle: Buffer): number => {
  let found = 0
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) found++
  return found
}
