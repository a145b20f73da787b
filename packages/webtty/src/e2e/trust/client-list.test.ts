/** Proves that a running server follows its list: who is added comes in, who is taken off goes. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { openEvilRelay } from '@towline/testkit/evil-relay'
import { type TempFolder, tempFolder } from '@towline/testkit/temp-folder'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { secureClient } from '../client.ts'
import { CLIENT, clientOptions, listen, serverOptions } from '../e2e.fixture.ts'
import { secureServer } from '../server.ts'
import { addAuthorizedClient, type AddClient, removeAuthorizedClient } from './authorized-clients.ts'
import { type ClientList, openClientList } from './client-list.ts'

let folder: TempFolder
let home: string
let list: ClientList
let broken: unknown[]
beforeEach(() => {
  folder = tempFolder('clients')
  home = folder.path
  broken = []
  list = openClientList({ home, identity: 'mine', broken: (error) => broken.push(error) })
})
afterEach(() => {
  vi.useRealTimers()
  list.close()
  folder.remove()
})

const ADD: AddClient = { identity: 'mine', name: 'ann', key: CLIENT.endpoint.text, roles: ['exec', 'pty'] }
const REMOVE = { identity: 'mine', client: 'ann' }
const file = (): string => join(home, 'webtty', 'authorized-clients', 'mine.json')

/** A client who is in, with fake time for the looks at the list. */
const enter = async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const relay = openEvilRelay()
  const [{ carrier, client }, far] = await Promise.all([
    secureServer(relay.server, serverOptions({ clients: list })),
    secureClient(relay.client, clientOptions()),
  ])
  listen(carrier)
  return { client, heard: listen(far), relay }
}

const look = (): void => void vi.advanceTimersByTime(LIMITS.e2eRevocationMs)

describe('webtty e2e: a list of clients that changes', () => {
  it.each([
    ['removed', () => removeAuthorizedClient(home, REMOVE)],
    ['expired', () => addAuthorizedClient(home, { ...ADD, expiresAt: 1 })],
    ['changed', () => addAuthorizedClient(home, { ...ADD, roles: ['exec'] })],
  ])('ends the carriers of one who is %s, and looks at nothing then', async (why, change) => {
    verifies('e2e.authorized')
    await addAuthorizedClient(home, ADD)
    const { heard, client } = await enter()
    expect(client).toEqual({ name: 'ann', roles: ['exec', 'pty'], fingerprint: CLIENT.endpoint.fingerprint })
    await change()
    look()
    expect(await heard.end).toEqual({ code: 4411, reason: why })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves those alone who stay or get more roles', async () => {
    await addAuthorizedClient(home, ADD)
    const { heard, relay } = await enter()
    await addAuthorizedClient(home, { ...ADD, roles: ['exec', 'pty', 'control'] })
    const before = relay.captured.length
    look()
    // A second reader that has read the file again says that the look before it is over.
    await list.find(CLIENT.endpoint)
    await new Promise((resolve) => setImmediate(resolve))
    expect([relay.captured.length, heard.texts]).toEqual([before, []])
    relay.cut()
    expect((await heard.end).code).toBe(1006)
  })

  it('lets in who was added, and nobody any more who was removed, without a restart', async () => {
    verifies('e2e.authorized')
    expect(await list.find(CLIENT.endpoint)).toBeUndefined()
    await addAuthorizedClient(home, ADD)
    expect(await list.find(CLIENT.endpoint)).toMatchObject({ name: 'ann' })
    await removeAuthorizedClient(home, REMOVE)
    expect(await list.find(CLIENT.endpoint)).toBeUndefined()
    await addAuthorizedClient(home, { ...ADD, expiresAt: Math.floor(Date.now() / 1000) })
    expect(await list.find(CLIENT.endpoint)).toBeUndefined()
  })

  it.each([
    ['cannot be read as a list', () => writeFile(file(), '{'), 'CONFIG_INVALID'],
    ['others may write', () => chmod(file(), 0o666), 'E2E_IDENTITY_UNSAFE'],
  ])('lets nobody in while it %s, leaves those alone who are in, and says so once', async (_why, spoil, code) => {
    verifies('e2e.authorized')
    await addAuthorizedClient(home, ADD)
    const { heard, relay } = await enter()
    await spoil()
    await expect(list.find(CLIENT.endpoint)).rejects.toMatchObject({ code })
    look()
    await expect(list.find(CLIENT.endpoint)).rejects.toMatchObject({ code })
    expect([broken.length, heard.texts]).toEqual([1, []])
    relay.cut()
    expect((await heard.end).code).toBe(1006)
  })
})
