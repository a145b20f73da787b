/** Owns which of better-auth's own paths are open, and what going through each is in the audit log. The rest would be doors nobody watches. */

export interface Door {
  readonly path: RegExp
  /** What it does, for the audit log; absent changes nothing. */
  readonly action?: `account.${string}`
  /** Of a sign-in. */
  readonly way?: string
}

export const DOORS: readonly Door[] = [
  { path: /^\/api\/auth\/passkey\/generate-(register|authenticate)-options$/ },
  { path: /^\/api\/auth\/passkey\/list-user-passkeys$/ },
  { path: /^\/api\/auth\/passkey\/verify-authentication$/, action: 'account.sign-in', way: 'passkey' },
  { path: /^\/api\/auth\/passkey\/verify-registration$/, action: 'account.passkey.add' },
  { path: /^\/api\/auth\/passkey\/update-passkey$/, action: 'account.passkey.rename' },
  { path: /^\/api\/auth\/passkey\/delete-passkey$/, action: 'account.passkey.remove' },
  { path: /^\/api\/auth\/callback\/[\w-]+$/, action: 'account.sign-in', way: 'provider' },
]
