/** Owns a network between two programs that breaks once, in the middle of what one says. */
import { type AddressInfo, connect, createServer } from 'node:net'

export interface CutProxy {
  readonly port: number
  /** How many connections there were. */
  connections(): number
  close(): Promise<void>
}

/** Ends the connection when the server says `word`, which its client does not hear then. */
export const openCutProxy = async (to: number, word: string): Promise<CutProxy> => {
  let [count, isCut] = [0, false]
  const open = new Set<{ destroy(): void }>()
  const server = createServer((near) => {
    count += 1
    const far = connect(to, '127.0.0.1')
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.on('data', (bytes: Buffer) => {
      if (isCut || !bytes.includes(word)) return near.write(bytes)
      isCut = true
      return near.destroy()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
