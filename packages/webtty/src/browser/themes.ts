/** Owns the colours of the terminal, dark and light; every one of the sixteen is readable on its background. */
import type { ITheme } from '@xterm/xterm'

const DARK: ITheme = {
  background: '#101418',
  foreground: '#dfe5ea',
  cursor: '#7cc7ff',
  cursorAccent: '#101418',
  selectionBackground: '#2f5575',
  black: '#3a434c',
  red: '#ff7b72',
  green: '#6fd08c',
  yellow: '#e3b341',
  blue: '#79b8ff',
  magenta: '#d2a8ff',
  cyan: '#56d4dd',
  white: '#c8d1d9',
  brightBlack: '#8b98a5',
  brightRed: '#ffa198',
  brightGreen: '#93e5ab',
  brightYellow: '#f2cc60',
  brightBlue: '#a5d3ff',
  brightMagenta: '#e2c5ff',
  brightCyan: '#86e6ee',
  brightWhite: '#ffffff',
}

const LIGHT: ITheme = {
  background: '#fbfbfa',
  foreground: '#1f262d',
  cursor: '#0a62b0',
  cursorAccent: '#fbfbfa',
  selectionBackground: '#b9d9f5',
  black: '#1f262d',
  red: '#b3261e',
  green: '#176b34',
  yellow: '#7a5200',
  blue: '#0a56a8',
  magenta: '#7b3fb0',
  cyan: '#0b6470',
  white: '#59636d',
  brightBlack: '#5b6670',
  brightRed: '#c62f27',
  brightGreen: '#1f7a3f',
  brightYellow: '#8a5d00',
  brightBlue: '#1665bd',
  brightMagenta: '#8a4bc2',
  brightCyan: '#0f7482',
  brightWhite: '#3b444d',
}

/** As the device is set, now and whenever that changes. */
export const followTheme = (use: (theme: ITheme) => void): void => {
  const isLight = matchMedia('(prefers-color-scheme: light)')
  const follow = (): void => use(isLight.matches ? LIGHT : DARK)
  isLight.addEventListener('change', follow)
  follow()
}
