/** Proves the terminal in a real browser: opened by its link on a phone and a desk, through cuts and reloads, to its end. */
import { createHash } from 'node:crypto'
import { openRelay, type Relay } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Browser, openBrowser } from './browser.ts'
import { launch, type Running, succeed } from './processes.ts'
import { openTowline, type Towline, towline as words } from './towline.ts'

const SOON = { timeout: 60_000, interval: 25 }

let towline: Towline
/** Between the browser and the edge. */
let relay: Relay
const servers: Running[] = []

const serve = async (name: string, ...more: readonly string[]): Promise<Running> => {
  // No profile of whoever runs the tests: it may wait for something.
  const env = { ...towline.env, HOME: towline.env['TOWLINE_HOME'] as string }
  const server = launch(words('webtty', 'server', '--name', name, ...more, '-o', 'json'), { env })
  servers.push(server)
  await server.said(/"status":"online"/)
  return server
}

/** What `browse` prints, by way of the relay. */
const linkTo = async (name: string, ...more: readonly string[]): Promise<string> => {
  const text = await succeed(words('webtty', 'browse', '--url', `tow://${name}`, ...more, '-o', 'json'), {
    env: towline.env,
  })
  const url = new URL((JSON.parse(text) as { readonly url: string }).url)
  url.port = String(relay.port)
  return url.href
}

beforeAll(async () => {
  towline = await openTowline()
  relay = await openRelay(towline.port)
  await serve('edge-lab')
})
afterAll(async () => {
  for (const server of servers.reverse()) await server.stop()
  await relay?.close()
  await towline?.close()
})

/** A person at the page. */
class Visitor {
  readonly page: Page
  /** Errors of the page, and what its policy forbids; not that a network is gone. */
  readonly complaints: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      if (/policy|refused|violat/i.test(message.text())) this.complaints.push(message.text())
    })
  }

  async open(link: string): Promise<void> {
    await this.page.goto(link)
    await this.stands('Connected')
  }

  async stands(status: string): Promise<void> {
    await this.page.locator('#status', { hasText: status }).waitFor({ timeout: SOON.timeout })
  }

  async types(text: string): Promise<void> {
    await this.page.locator('.xterm-helper-textarea').focus()
    await this.page.keyboard.type(text)
  }

  /** Runs a line of the shell, and waits for a line that begins with `done`. */
  async runs(line: string, done: string): Promise<void> {
    await this.types(`${line}\n`)
    await this.sees(new RegExp(`^${done}`, 'm'))
  }

  text(): Promise<string> {
    return this.page.locator('.xterm-rows').innerText()
  }

  async sees(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.text(), SOON).toMatch(pattern)
  }

  /** Of the element that shows exactly `text`. */
  color(text: string): Promise<string> {
    return this.page
      .locator('.xterm-rows span', { hasText: new RegExp(`^${text}$`) })
      .last()
      .evaluate((element) => (globalThis as unknown as PageGlobals).getComputedStyle(element).color)
  }
}

const PHONE = { viewport: { width: 390, height: 700 }, isMobile: true, hasTouch: true, colorScheme: 'dark' } as const
const DESK = { viewport: { width: 1100, height: 680 }, colorScheme: 'light' } as const

describe.each([
  ['a phone', PHONE],
  ['a desk', DESK],
] as const)('interop webtty page on %s', (_where, look) => {
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    browser = await openBrowser(look)
    page = await browser.context.newPage()
    visitor = new Visitor(page)
  })
  afterAll(() => browser?.close())

  it('is opened by the link, whose token leaves the address bar', async () => {
    verifies('term.browser', 'webtty.published')
    await visitor.open(await linkTo('edge-lab'))
    expect(page.url()).toBe(`http://edge-lab.dev.localhost:${relay.port}/`)
    expect(await page.evaluate('history.length')).toBeLessThanOrEqual(2)
    expect(await page.locator('#machine').innerText()).toBe('edge-lab')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(await page.locator('#keys').isVisible()).toBe('isMobile' in look)
  })

  it('runs what is typed, in colour', async () => {
    verifies('term.browser')
    await visitor.runs(
      String.raw`clear; printf '\033[38;2;255;120;0m%s\033[0m \033[31m%s\033[0m gr\303\274\303\237\n' hot red; echo o''k-1`,
      'ok-1',
    )
    expect(await visitor.text()).toMatch(/^hot red gr\u00fc\u00df/m)
    expect(await visitor.color('hot')).toBe('rgb(255, 120, 0)')
    expect(await visitor.color('red')).toBe(look.colorScheme === 'dark' ? 'rgb(255, 123, 114)' : 'rgb(179, 38, 30)')
  })

  it('follows the size of the window', async () => {
    verifies('term.browser')
    const size = async (name: string): Promise<number[]> => {
      await visitor.runs(`clear; echo "size-${name} $(stty size)"`, `size-${name} \\d`)
      const [, rows, cols] = new RegExp(`^size-${name} (\\d+) (\\d+)`, 'm').exec(await visitor.text()) ?? []
      return [Number(rows), Number(cols)]
    }
    const [rows = 0, cols = 0] = await size('a')
    const { width, height } = look.viewport
    await page.setViewportSize({ width: width - 60, height: height - 100 })
    await expect.poll(() => size('b'), SOON).not.toEqual([rows, cols])
    const [fewerRows = 0, fewerCols = 0] = await size('c')
    expect([fewerRows < rows, fewerCols < cols, fewerRows > 5, fewerCols > 20]).toEqual([true, true, true, true])
    await page.setViewportSize(look.viewport)
    await expect.poll(() => size('d'), SOON).toEqual([rows, cols])
  })

  it('paints 100,000 lines', async () => {
    verifies('term.browser')
    await visitor.types('clear; seq 1 100000; echo o""k-2')
    const startedAt = performance.now()
    await page.keyboard.press('Enter')
    await page.locator('.xterm-rows > div', { hasText: /^ok-2/ }).waitFor({ timeout: SOON.timeout })
    process.stdout.write(`seq 1 100000 painted after ${Math.round(performance.now() - startedAt)} ms\n`)
    expect(await visitor.text()).toMatch(/99999\n100000\nok-2/)
  })

  it('goes on where it was after the network was cut, nothing lost and nothing twice', async () => {
    verifies('term.browser')
    await visitor.runs('clear; n=0; echo o""k-3', 'ok-3')
    for (let cut = 1; cut <= 3; cut++) {
      await visitor.types(`n=$((n+1)); echo "cut $n"`)
      relay.cut()
      await page.keyboard.press('Enter')
      await visitor.sees(new RegExp(`^cut ${cut}$`, 'm'))
    }
    await visitor.stands('Connected')
    expect((await visitor.text()).match(/^cut \d/gm)).toEqual(['cut 1', 'cut 2', 'cut 3'])
  })

  it('says that it comes back, and does so at once when the device is online again', async () => {
    verifies('term.browser')
    relay.fallSilent()
    relay.cut()
    await visitor.stands('Coming back')
    relay.recover()
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await visitor.stands('Connected')
    await visitor.runs('clear; echo "still $n"', 'still 3')
  })

  it('goes on after it was loaded again', async () => {
    verifies('term.browser')
    await visitor.runs('clear; kept=yes; echo o""k-4', 'ok-4')
    await page.reload()
    await visitor.stands('Connected')
    expect(page.url()).toBe(`http://edge-lab.dev.localhost:${relay.port}/`)
    expect(await visitor.text()).toMatch(/^ok-4/m)
    await visitor.runs('clear; echo "kept $kept $n"', 'kept yes 3')
  })

  it('takes a paste of 1 MB', async () => {
    verifies('term.browser')
    const text = Array.from({ length: 10_000 }, (_, at) => `${String(at).padStart(99, '-')}\n`).join('')
    const digest = createHash('sha256').update(text).digest('hex')
    await visitor.runs('clear; stty -echo; echo o""k-5; head -c 1000000 | sha256sum; stty echo', 'ok-5')
    await page.locator('.xterm-helper-textarea').evaluate((element, pasted) => {
      const { DataTransfer, ClipboardEvent } = globalThis as unknown as PageGlobals
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', pasted)
      ;(element as unknown as EventTarget).dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
    }, text)
    await expect.poll(async () => (await visitor.text()).replaceAll('\n', ''), SOON).toContain(digest)
  })

  it('copies what a program asks for, and never tells a program what is copied', async () => {
    verifies('term.browser')
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await visitor.runs(
      String.raw`clear; printf '\033]52;c;%s\a' "$(printf 'from afar' | base64)"; printf '\033]52;c;?\a'; echo o""k-6`,
      'ok-6',
    )
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()'), SOON).toBe('from afar')
    await visitor.runs('echo o""k-7', 'ok-7')
    expect(await visitor.text()).not.toContain('52;')
  })

  it('says how the program ended, and opens another', async () => {
    verifies('term.browser')
    await visitor.types('exit 3\n')
    await visitor.stands('Ended with status 3.')
    await page.locator('#over-again').click()
    await visitor.stands('Connected')
    await visitor.runs('clear; echo "new $n."', 'new \\.')
  })

  it('did nothing that its policy forbids', () => {
    expect(visitor.complaints).toEqual([])
  })
})

/** What the page has, and these tests know no types of. */
interface PageGlobals {
  readonly getComputedStyle: (element: unknown) => { readonly color: string }
  readonly DataTransfer: new () => { setData(type: string, text: string): void }
  readonly ClipboardEvent: new (type: string, options: object) => Event
}

describe('interop webtty page: keys of a phone', () => {
  let browser: Browser
  let visitor: Visitor
  beforeAll(async () => {
    browser = await openBrowser(PHONE)
    visitor = new Visitor(await browser.context.newPage())
    await visitor.open(await linkTo('edge-lab'))
  })
  afterAll(() => browser?.close())

  const tap = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) await visitor.page.getByRole('button', { name, exact: true }).tap()
  }

  it('type what the keyboard lacks, and Ctrl goes with the next key', async () => {
    verifies('term.browser')
    await visitor.types('clear; echo a ')
    await tap('Pipe', 'Slash', 'Dash', 'Tilde', 'Left', 'Left', 'Left', 'Left')
    await visitor.types('"')
    await tap('Control')
    await visitor.types('e')
    await visitor.types('"\n')
    await visitor.sees(/^a \|\/-~$/m)
    await visitor.types('cat\n')
    await tap('Interrupt')
    await visitor.runs('echo "after $?"', 'after 130')
    expect(await visitor.page.getByRole('button', { name: 'Control', exact: true }).getAttribute('aria-pressed')).toBe(
      'false',
    )
  })

  it('scrolls by a finger', async () => {
    verifies('term.browser')
    await visitor.runs('clear; seq 1 200; echo o""k-8', 'ok-8')
    const session = await visitor.page.context().newCDPSession(visitor.page)
    const touch = (type: 'touchStart' | 'touchMove', y: number) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x: 150, y }] })
    await touch('touchStart', 100)
    for (let y = 100; y < 400; y += 20) await touch('touchMove', y)
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await visitor.sees(/^15\d$/m)
    expect(visitor.complaints).toEqual([])
  })
})

describe('interop webtty page: turns away', () => {
  let browser: Browser
  let visitor: Visitor
  beforeAll(async () => {
    browser = await openBrowser(PHONE)
    visitor = new Visitor(await browser.context.newPage())
  })
  afterAll(() => browser?.close())

  it('who has no link, with the command that makes one', async () => {
    verifies('webtty.published')
    const answer = await visitor.page.goto(`http://edge-lab.dev.localhost:${relay.port}/`)
    expect(answer?.status()).toBe(401)
    expect(await visitor.page.locator('body').innerText()).toMatch(
      new RegExp(
        `^This terminal opens by a link\\n[^]*\\ntowline webtty browse --url http://edge-lab.dev.localhost:${towline.port}\\n`,
      ),
    )
  })

  it('a page of another site', async () => {
    verifies('webtty.published')
    const { host, search } = new URL(await linkTo('edge-lab'))
    const url = `ws://127.0.0.1:${relay.port}/${search}`
    const status = (origin: string): Promise<number | undefined> =>
      new Promise((done) => {
        const socket = new WebSocket(url, 'webtty.v1', { origin, headers: { host } })
        socket.on('unexpected-response', (request, response) => {
          done(response.statusCode)
          request.destroy()
        })
        socket.on('open', () => {
          done(101)
          socket.terminate()
        })
        socket.on('error', () => {})
      })
    expect(await status('https://evil.example')).toBe(403)
    expect(await status(`http://other.dev.localhost:${relay.port}`)).toBe(403)
    expect(await status('null')).toBe(403)
    expect(await status(`http://${host}`)).toBe(101)
  })

  it('a link to a machine that is away: says so, and comes back with the machine, which has the terminal no longer', async () => {
    verifies('webtty.published')
    const away = await serve('away')
    await visitor.open(await linkTo('away'))
    await away.stop()
    await visitor.stands('The machine is away; coming back')
    await serve('away')
    await visitor.stands('The terminal is gone')
    await visitor.page.locator('#over-again').click()
    await visitor.stands('Connected')
  })

  it('a link that has expired: what is open stays, and comes back by a new link only', async () => {
    verifies('webtty.published')
    await visitor.open(await linkTo('edge-lab', '--expires', '3s'))
    await visitor.runs('clear; kept=yes; echo o""k-9', 'ok-9')
    const over = visitor.page.locator('#over')
    await expect
      .poll(async () => {
        relay.cut()
        return (await over.isVisible()) ? over.innerText() : ''
      }, SOON)
      .toMatch(
        /^This link lets in no longer: [^]*\ntowline webtty browse --url http:\/\/edge-lab\.dev\.localhost:\d+\nCopy$/,
      )
    await visitor.page.reload()
    await expect.poll(() => visitor.page.locator('body').innerText(), SOON).toMatch(/^This terminal opens by a link/)
    await visitor.open(await linkTo('edge-lab'))
    await visitor.runs('echo "kept $kept"', 'kept yes')
  })

  it('browsers, where encryption is asked for', async () => {
    verifies('webtty.published')
    await succeed(words('webtty', 'identity', 'create', 'vault'), { env: towline.env })
    await serve('vault', '--identity', 'vault')
    const text = await succeed(words('token', 'create', '--permission', 'tunnels.connect', '-o', 'json'), {
      env: towline.env,
    })
    const { token } = JSON.parse(text) as { readonly token: string }
    await visitor.page.goto(`http://vault.dev.localhost:${relay.port}/?towline.token=${token}`)
    expect(await visitor.page.locator('h1').innerText()).toBe('This machine is not reached by browsers')
  })

  it('without doing what its policy forbids', () => {
    expect(visitor.complaints).toEqual([])
  })
})
