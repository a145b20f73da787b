/** Judges streaming answers by two clients of server-sent events, a library and a browser: each event comes when it is said. */
import { fileURLToPath } from 'node:url'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from './browser.ts'
import { type HttpService, openHttpService } from './http-service.ts'
import { succeed } from './processes.ts'
import { openTowline, type Towline } from './towline.ts'

const CLIENT = fileURLToPath(new URL('clients/sse-client.mjs', import.meta.url))
/** Nine events in three answers: the service ends each after three, and the client comes back for the next ones. */
const NINE = Array.from({ length: 9 }, (_, at) => `event ${at + 1}`)

describe('interop server-sent events', () => {
  let service: HttpService
  let towline: Towline
  let browser: Browser
  let url: string

  beforeAll(async () => {
    service = await openHttpService()
    towline = await openTowline()
    url = (await towline.forward(String(service.port), '--name', 'sse')).url
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await towline?.close()
    await service?.close()
  })

  it('come one by one to the eventsource library, over a minute in one answer and a hundred at once', async () => {
    verifies('tunnel.http.streaming')
    const told = await succeed([process.execPath, CLIENT, url], { withinMs: 150_000 })
    expect(JSON.parse(told)).toEqual({
      steps: { texts: NINE, opened: 3 },
      minute: { last: 'event 60', opened: 1 },
      timed: 'event 40',
      many: 100,
    })
  })

  it('come one by one to Chromium, which comes back where it was', async () => {
    verifies('tunnel.http.streaming')
    const page = await browser.context.newPage()
    await page.goto(`${url}/echo`)
    expect(await page.evaluate(hearNine)).toEqual(NINE)
  })
})

/** Runs in the page. */
const hearNine = `new Promise((resolve) => {
  const source = new EventSource('/steps/two')
  const texts = []
  source.onmessage = ({ data }) => {
    texts.push(data)
    if (texts.length === 9) { source.close(); resolve(texts) }
    else fetch('/step/two')
  }
})`
