/** Proves that certificate files are taken over while the server runs, and that a bad pair leaves the old one in place. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { eventually, openSystem, type System, tempFolder, verifies } from '@towline/testkit'
import { expect, it } from 'vitest'

/** Whether the server proves itself to a client that knows this CA. */
const trusts = (port: number, ca: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca, ALPNProtocols: ['http/1.1'] })
    const settle = (answer: boolean) => (): void => {
      resolve(answer)
      socket.destroy()
    }
    socket.on('secureConnect', settle(true)).on('error', settle(false))
  })

it('certificates: files are taken over without a restart, a bad pair is not, and links go on', async () => {
  verifies('link.tls-pin')
  // Two servers with a development CA each, whose leaves become the files of a third.
  await using first = await openSystem()
  await using second = await openSystem()
  using folder = tempFolder('certificates')
  const files = { cert: join(folder.path, 'cert.pem'), key: join(folder.path, 'key.pem') }
  const install = (from: System): void => {
    copyFileSync(join(from.folder, 'leaf.pem'), files.cert)
    copyFileSync(join(from.folder, 'leaf-key.pem'), files.key)
  }
  const [firstCa, secondCa] = [String(first.ca), String(second.ca)]
  install(first)
  await using system = await openSystem({ tls: files, limits: { certPollMs: 50, certDebounceMs: 20 } })
  const session = system.session({ ca: firstCa })
  await session.online()
  expect([await trusts(system.port, firstCa), await trusts(system.port, secondCa)]).toEqual([true, false])

  writeFileSync(files.cert, readFileSync(join(second.folder, 'leaf.pem')))
  await eventually('a word about the bad pair', () => system.log.find((line) => line.includes('the old one stays')))
  expect([await trusts(system.port, firstCa), await trusts(system.port, secondCa)]).toEqual([true, false])

  install(second)
  await eventually('the new certificate', async () => ((await trusts(system.port, secondCa)) ? true : undefined))
  expect(await trusts(system.port, firstCa)).toBe(false)
  expect(session.state.status).toBe('online')
})
