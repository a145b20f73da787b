/** Proves that a client is joined to the app-server of this user, and that one is started when none runs. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type TempFolder, tempFolder, within } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { proxyAppServer } from './proxy-app-server.ts'

/** Listens where it is told, answers one client in capitals, and ends. */
const SERVER = `require('node:net').createServer((socket) => socket.once('data', (text) => {
  socket.end(String(text).toUpperCase())
  process.exitCode = 0
  setImmediate(() => process.exit())
})).listen(process.argv[1])`

describe('operations app-server: proxy', () => {
  let folder: TempFolder
  let server: Server | undefined
  beforeEach(() => {
    folder = tempFolder('proxy')
  })
  afterEach(async () => {
    if (server?.listening) await new Promise((done) => server?.close(done))
    folder.remove()
  })
  const open = (more: object = {}) => {
    const [input, output, stopping] = [new PassThrough(), new PassThrough(), new AbortController()]
    const socket = join(folder.path, 'control', 's')
    const done = proxyAppServer({ socket, input, output, signal: stopping.signal, ...more })
    return { input, output, stopping, done }
  }
  const started = (file: string, ...words: readonly string[]) => ({
    server: { argv: [file, ...words], env: process.env, log: join(folder.path, 'log') },
  })

  it('says that nobody listens, and starts none unless it is told how', async () => {
    await expect(open().done).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  })

  it('says why one did not start', async () => {
    await expect(open(started('/bin/false')).done).rejects.toMatchObject({
      code: 'APP_SERVER_START_FAILED',
      message: expect.stringContaining(`it ended with 1; see ${folder.path}/log`),
    })
    await expect(open(started('/nowhere/towline')).done).rejects.toMatchObject({ code: 'APP_SERVER_START_FAILED' })
  })

  it('starts one that outlives nobody, and carries bytes both ways', async () => {
    verifies('reach.ssh')
    const path = join(folder.path, 'control', 's')
    const { input, output, done } = open(started(process.execPath, '-e', SERVER, path))
    input.write('hello')
    const [said] = await within('an answer', once(output, 'data'))
    expect(String(said)).toBe('HELLO')
    await within('the end', done)
  })

  it('ends when the server does, though its client says no end, and when it is told to', async () => {
    const path = join(folder.path, 's')
    server = createServer({ allowHalfOpen: true }, (socket) => socket.resume().end('bye')).listen(path)
    await once(server, 'listening')
    const { output, done } = open({ socket: path })
    await within('the end', done)
    expect(String(output.read())).toBe('bye')
    server.removeAllListeners('connection')
    server.once('connection', (socket) => socket.resume().once('end', () => socket.end()))
    const silent = open({ socket: path })
    await once(server, 'connection')
    silent.stopping.abort()
    await within('the end', silent.done)
  })
})
