/** Owns scrolling by a finger, which xterm does not know: a finger that moves counts as a wheel that turns. */

/** Programs that ask for the mouse, and those that fill the screen, get what they would get of a wheel. */
export const scrollByTouch = (element: HTMLElement): void => {
  let y = 0
  element.addEventListener('touchstart', ({ touches }) => (y = touches[0]?.clientY ?? y), { passive: true })
  element.addEventListener(
    'touchmove',
    (event) => {
      const [touch, second] = event.touches
      if (!touch || second) return
      event.preventDefault()
      touch.target.dispatchEvent(wheelOf(touch, y - touch.clientY))
      y = touch.clientY
    },
    { passive: false },
  )
}

/** What xterm scrolls by for one turn of a wheel, 120 units of the older `wheelDelta`. */
const TURN_PIXELS = 50

/** The screen follows the finger. Browsers disagree on `wheelDelta` of events that pages make, and xterm prefers it. */
const wheelOf = ({ clientX, clientY }: Touch, deltaY: number): WheelEvent => {
  const deltaMode = WheelEvent.DOM_DELTA_PIXEL
  const event = new WheelEvent('wheel', { deltaY, deltaMode, clientX, clientY, bubbles: true, cancelable: true })
  return Object.defineProperty(event, 'wheelDeltaY', { value: (-deltaY * 120) / TURN_PIXELS })
}
