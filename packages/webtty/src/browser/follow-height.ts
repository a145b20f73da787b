/** Owns fitting the page into what a phone's keyboard leaves of the window (https://drafts.csswg.org/cssom-view/#visualViewport). */

/** Sets `--height` and `--top` of the document, now and whenever they change. */
export const followHeight = (): void => {
  const { visualViewport } = window
  if (!visualViewport) return
  const { style } = document.documentElement
  const follow = (): void => {
    style.setProperty('--height', `${visualViewport.height}px`)
    style.setProperty('--top', `${visualViewport.offsetTop}px`)
  }
  visualViewport.addEventListener('resize', follow)
  visualViewport.addEventListener('scroll', follow)
  follow()
}
