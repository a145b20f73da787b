/** Owns turning the options of `webtty exec` and `webtty client` into the process that is asked for. */
import { AppError, type OpenRequest } from '@towline/protocol'
import type { Env } from '@towline/operations'
import type { WebttyOptions } from '../webtty-options.ts'

/** What both take. */
export interface ProcessOptions extends WebttyOptions {
  readonly cwd?: string
  readonly env?: readonly string[]
  readonly title?: string
}

/** What of the request both have. Throws OPTION_INVALID. */
export const processRequest = ({ cwd, env, title }: ProcessOptions, own: Env): Omit<OpenRequest, 'kind'> => ({
  ...(cwd !== undefined && { cwd }),
  ...(env && { env: variables(env, own) }),
  ...(title !== undefined && { label: title }),
})

/** `KEY=value`, or `KEY` for the value it has here. */
const variables = (texts: readonly string[], own: Env): Readonly<Record<string, string>> =>
  Object.fromEntries(texts.map((text) => variable(text, own)))

const variable = (text: string, own: Env): readonly [key: string, value: string] => {
  const cut = text.indexOf('=')
  const key = cut < 0 ? text : text.slice(0, cut)
  const value = cut < 0 ? own[key] : text.slice(cut + 1)
  const fail = (problem: string): AppError => new AppError('OPTION_INVALID', { option: '--env', value: key, problem })
  if (!/^[A-Za-z_]\w*$/.test(key)) throw fail('a variable is letters, digits and _, not beginning with a digit')
  if (value === undefined) throw fail('it is not set here; write KEY=value')
  return [key, value]
}

/** A whole number from 0 on, with K, M or G for its powers of 1024. Throws OPTION_INVALID. */
export const byteCount = (text: string, option: string): number => {
  const [, digits, unit = ''] = /^(\d{1,12})([KMG]?)$/.exec(text) ?? []
  if (digits === undefined)
    throw new AppError('OPTION_INVALID', {
      option,
      value: text,
      problem: 'write a number of bytes, such as 65536 or 64K',
    })
  return Number(digits) * (UNITS[unit] as number)
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }
