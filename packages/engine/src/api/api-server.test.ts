/** Proves what the server of the API answers before the API itself is loaded. */
import { afterEach, describe, expect, it } from 'vitest'
import { type Served, serve } from './served.fixture.ts'

describe('engine API server', () => {
  let served: Served | undefined
  afterEach(() => served?.close())

  it('says that it is well without loading the API', async () => {
    served = await serve()
    let loads = 0
    const { api } = served.core
    Object.assign(served.core, { api: () => (loads++, api()) })
    const answer = await fetch(`http://127.0.0.1:${served.port}/api/health`)
    expect([answer.status, await answer.json(), loads]).toEqual([200, { status: 'ok' }, 0])
  })

  it('answers calls that come while the API is loading, and those after', async () => {
    served = await serve()
    const url = `http://127.0.0.1:${served.port}/api/engine/openapi.json`
    const [first, second] = await Promise.all([fetch(url), fetch(url)])
    const third = await fetch(url)
    expect([first.status, second.status, third.status]).toEqual([200, 200, 200])
  })
})
