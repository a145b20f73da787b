/** Owns making every character of a text visible: what a person allows must be what they saw. */

/** Format, control, private-use and unassigned characters and line ends, but for `\n`; and spaces that are none of the keyboard. */
const HIDDEN =
  /(?!\n)(?:[\p{C}\p{Zl}\p{Zp}\u{a0}\u{115f}\u{1160}\u{2000}-\u{200a}\u{202f}\u{205f}\u{2800}\u{3000}\u{3164}\u{ffa0}]|\p{Variation_Selector})/gu

/** With the escapes of JSON in place of what could hide, turn text around, or imitate a space. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (character) =>
    // oxlint-disable-next-line unicorn/prefer-code-point -- JSON escapes UTF-16 units
    [...Array(character.length).keys()].map((at) => escapeOf(character.charCodeAt(at))).join(''),
  )

const escapeOf = (unit: number): string => String.raw`\u${unit.toString(16).padStart(4, '0')}`
