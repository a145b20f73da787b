/** Owns a headless Chromium with a profile of its own. */
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'
import { folder, program } from './processes.ts'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Browser {
  readonly context: BrowserContext
  close(): Promise<void>
}

/** `look` is what the device is: its size, whether it is touched, its colours. */
export const openBrowser = async (look: BrowserContextOptions = {}): Promise<Browser> => {
  const profile = folder('chromium')
  const context = await chromium.launchPersistentContext(profile.path, {
    executablePath: program('chromium', 'chromium'),
    headless: true,
    ...look,
    args: FLAGS,
    timeout: 60_000,
  })
  context.setDefaultTimeout(60_000)
  return {
    context,
    close: async () => {
      await context.close()
      profile.remove()
    },
  }
}
