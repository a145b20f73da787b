/** Judges an HTTP tunnel by a Next.js development server and Chromium: a page that renders, and code that is swapped in it. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from './browser.ts'
import { launch, type Running } from './processes.ts'
import { openTowline, type Towline } from './towline.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const APP = dirname(fileURLToPath(new URL('next-app/next.config.mjs', import.meta.url)))
const NEXT = createRequire(import.meta.url).resolve('next/dist/bin/next')

describe('interop next.js', () => {
  let app: string
  let server: Running
  let towline: Towline
  let browser: Browser
  let url: string

  beforeAll(async () => {
    app = copyApp()
    const argv = [process.execPath, NEXT, 'dev', '--hostname', '127.0.0.1', '--port', '0']
    server = launch(argv, { cwd: app, env: { NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' } })
    const [, port] = await server.said(/Local:\s+http:\/\/127\.0\.0\.1:(\d+)[^]*Ready/, 60_000)
    towline = await openTowline()
    url = (await towline.forward(port as string, '--name', 'web')).url
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await towline?.close()
    await server?.stop()
    rmSync(app, { recursive: true, force: true, maxRetries: 5 })
  })

  it('renders in Chromium and swaps an edited component without loading the page anew', async () => {
    verifies('tunnel.forward.http', 'tunnel.http.websocket', 'tunnel.http.headers')
    const page = await browser.context.newPage()
    const failed: string[] = []
    page.on('pageerror', (error) => failed.push(error.message))
    page.on('requestfailed', (request) => failed.push(request.url()))
    let loads = 0
    page.on('load', () => loads++)
    const connected = page.waitForEvent('console', { predicate: (message) => message.text() === '[HMR] connected' })
    await page.goto(url)
    await connected
    expect(await page.locator('h1').innerText()).toBe('Published by Towline')

    const button = page.locator('main button')
    await button.click()
    await button.click()
    await page.getByText('first edition, pressed 2 times').waitFor()
    const file = join(app, 'app', 'counter.js')
    writeFileSync(file, readFileSync(file, 'utf8').replace('first edition', 'second edition'))
    await page.getByText('second edition, pressed 2 times').waitFor()
    expect({ loads, failed }).toEqual({ loads: 1, failed: [] })
  })
})

/** The packages of Next.js must be above the app, so its copy is here and not in the folder for temporary files. */
const copyApp = (): string => {
  const runs = join(HERE, '.run')
  mkdirSync(runs, { recursive: true })
  const app = mkdtempSync(join(runs, 'next-'))
  cpSync(APP, app, { recursive: true })
  return app
}
