/** Owns whether this machine could serve WebTTY. */
import { missingToServe } from '@towline/webtty'
import type { Check } from './examined.ts'
import { pass, warn } from './report.ts'

/** A machine that only asks others needs nothing, so what is missing is a warning. */
export const checkWebtty: Check = ({ env }) => {
  const missing = missingToServe({ env })
  if (missing.length === 0) return pass('this machine can serve terminals and commands')
  return warn(
    `this machine cannot serve terminals and commands: it lacks ${missing.join(', ')}`,
    'Install util-linux and coreutils; terminals need glibc Linux or macOS on x64 or arm64. Asking other machines works all the same.',
  )
}
