/** Owns what a one-time link does: it makes the first owner, or gives an invited person a password. */
import { AppError, type Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'
import { addUser, countUsers, findUser } from '../user/user-store.ts'
import { addMember } from '../workspace/member-store.ts'
import { FIRST_WORKSPACE } from '../workspace/workspace-store.ts'
import type { Auth } from './auth.ts'
import { type LinkClock, readSetupToken, takeSetupToken } from './setup-link.ts'

export interface SettleForm {
  readonly token: string
  readonly email: string
  readonly name: string
  readonly password: string
}

export interface SettleDeps extends LinkClock {
  readonly auth: Pick<Auth, 'hashPassword' | 'storePassword'>
  readonly limits: Limits
}

/**
 * Answers who may sign in now. Person, password and the end of the link are one transaction: a server that dies
 * meanwhile leaves a link that works. Throws SETUP_LINK_INVALID or OPTION_INVALID; the link stays good after the latter.
 */
export const settle = async (deps: SettleDeps, form: SettleForm): Promise<Person> => {
  const { limits, db, now, auth } = deps
  requirePassword(form.password, limits)
  const email = emailOf(form.email)
  const name = nameOf(form.name)
  await readSetupToken(deps, form.token, limits.setupLinkSeconds)
  // Slow on purpose, so neither for those without a link nor while others wait for the database.
  const hash = await auth.hashPassword(form.password)
  return inTransaction(db, async (step) => {
    const { userId } = await takeSetupToken({ db: step, now }, form.token, limits.setupLinkSeconds)
    const person =
      userId === undefined ? await addFirstOwner(step, { email, name, now }) : await invitedPerson(step, userId)
    await auth.storePassword(step, person, hash)
    return person
  })
}

interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
}

const addFirstOwner = async (
  step: Kysely<Tables>,
  { email, name, now }: { readonly email: string; readonly name: string; readonly now: number },
): Promise<Person> => {
  if ((await countUsers(step)) > 0) throw new AppError('SETUP_LINK_INVALID')
  const person = await addUser(step, { email, name, now })
  await addMember(step, { workspaceId: FIRST_WORKSPACE, userId: person.id }, { role: 'owner', now })
  return person
}

const invitedPerson = async (db: Kysely<Tables>, id: string): Promise<Person> => {
  const found = await findUser(db, id)
  if (!found || found.disabledAt !== undefined) throw new AppError('SETUP_LINK_INVALID')
  return found
}

const requirePassword = (password: string, { passwordCharsMin: min, passwordCharsMax: max }: Limits): void => {
  if (password.length >= min && password.length <= max) return
  throw new AppError('OPTION_INVALID', {
    option: 'password',
    value: '***',
    problem: `it has ${min} to ${max} characters`,
  })
}

/** As the session library reads addresses when somebody signs in; a wider one would lock its owner out. */
const EMAIL = z.email().max(254)

const emailOf = (text: string): string => {
  const email = text.trim().toLowerCase()
  if (EMAIL.safeParse(email).success) return email
  throw new AppError('OPTION_INVALID', {
    option: 'email',
    value: email.slice(0, 64),
    problem: 'it is no email address',
  })
}

const nameOf = (text: string): string => {
  const name = text.trim()
  if (name.length > 0 && name.length <= 128) return name
  throw new AppError('OPTION_INVALID', {
    option: 'name',
    value: name.slice(0, 64),
    problem: 'it has 1 to 128 characters',
  })
}
