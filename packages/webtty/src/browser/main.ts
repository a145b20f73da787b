/** Owns the start of the page: finds its elements, joins its parts, and follows the device. */
import { copyText, readClipboard } from './clipboard.ts'
import { followHeight } from './follow-height.ts'
import { takeKept } from './kept-terminal.ts'
import { KeyRow } from './key-row.ts'
import { OverPanel } from './over-panel.ts'
import { dropToken, takeToken } from './page-token.ts'
import { Screen } from './screen.ts'
import { StatusLine } from './status-line.ts'
import { TerminalPage } from './terminal-page.ts'

const byId = <Element extends HTMLElement>(id: string): Element => document.getElementById(id) as Element

const token = takeToken(window)
const kept = takeKept()
followHeight()

const status = new StatusLine(byId('status'))
const offer = byId<HTMLButtonElement>('offer')
let machine = location.host
let copyNow = (): void => {}

const copy = (text: string): void =>
  void copyText(text, {
    mention: (words) => status.mention(words),
    offer: (run) => {
      copyNow = run
      offer.hidden = false
    },
  })
offer.addEventListener('click', () => {
  offer.hidden = true
  copyNow()
})

const typed = (text: string): void => {
  if (!page.type(text)) status.mention('Too much to paste.')
}

const screen = new Screen(byId('screen'))

const keys = new KeyRow(byId('keys'), {
  typed,
  paste: () =>
    void readClipboard().then((text) => {
      if (text === undefined) return status.mention('This browser does not let pages paste here.')
      screen.terminal.paste(text)
      screen.terminal.focus()
    }),
  copy: () => copy(screen.selected()),
  get applicationCursor() {
    return screen.terminal.modes.applicationCursorKeysMode
  },
})

const over = new OverPanel(
  {
    panel: byId('over'),
    title: byId('over-title'),
    next: byId('over-next'),
    command: byId('over-command'),
    copy: byId<HTMLButtonElement>('over-copy'),
    again: byId<HTMLButtonElement>('over-again'),
  },
  copy,
)

const page = new TerminalPage({
  token,
  screen,
  status,
  over,
  named: (name) => {
    machine = name
    byId('machine').textContent = name
    document.title = name
  },
  expired: () => dropToken(window),
})

screen.begin({
  typed: (text) => typed(keys.applied(text)),
  typedBytes: (bytes) => page.typeBytes(bytes),
  resized: () => page.resize(),
  titled: (title) => (document.title = title === '' ? machine : `${title.slice(0, 200)} \u2013 ${machine}`),
  copied: copy,
})

byId('reader').addEventListener('click', ({ currentTarget }) => {
  screen.terminal.options.screenReaderMode = true
  ;(currentTarget as HTMLElement).remove()
  screen.terminal.focus()
})

window.addEventListener('online', () => page.wake())
window.addEventListener('pagehide', () => page.hidden())
document.addEventListener('visibilitychange', () =>
  document.visibilityState === 'hidden' ? page.hidden() : page.shown(),
)

if (kept) screen.show(kept.picture, () => page.start(kept))
else page.start()
