/**
 * Owns keeping xterm to a policy without inline styles: it writes style elements and style attributes, which here become
 * constructed sheets and properties (CSSOM), the two ways that Content-Security-Policy leaves to scripts that are let in.
 */

/** Once, before a terminal is made. */
export const styleStrictly = (): void => {
  const setAttribute = Element.prototype.setAttribute
  Element.prototype.setAttribute = function (name: string, value: string): void {
    if (name === 'style' && this instanceof HTMLElement) this.style.cssText = value
    else setAttribute.call(this, name, value)
  }
  Object.defineProperty(HTMLStyleElement.prototype, 'textContent', {
    set(this: HTMLStyleElement, text: string) {
      sheetOf(this).replaceSync(text)
    },
  })
}

const sheets = new WeakMap<HTMLStyleElement, CSSStyleSheet>()

const sheetOf = (element: HTMLStyleElement): CSSStyleSheet => {
  const known = sheets.get(element)
  if (known) return known
  const sheet = new CSSStyleSheet()
  sheets.set(element, sheet)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  return sheet
}
