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
      const { clientX, clientY, target } = touch
      const wheel = { deltaY: y - clientY, deltaMode: WheelEvent.DOM_DELTA_PIXEL, clientX, clientY }
      y = clientY
      target.dispatchEvent(new WheelEvent('wheel', { ...wheel, bubbles: true, cancelable: true }))
    },
    { passive: false },
  )
}
