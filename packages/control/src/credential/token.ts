/** Owns what a token looks like, `tow_<id>_<secret>`: the id finds the credential, the secret proves it. */
import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '@towline/base'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 256 is no multiple of 62: bytes from here up would make some letters likelier. */
const FAIR = 248
/** 22 letters carry 130 bits, 43 carry 256. */
const ID_CHARS = 22
const SECRET_CHARS = 43
const TOKEN = new RegExp(`^tow_([0-9A-Za-z]{${ID_CHARS}})_([0-9A-Za-z]{${SECRET_CHARS}})$`)

/** A token in its parts. */
export interface Token {
  /** `crd_…`, made of the token's first part. */
  readonly credentialId: string
  readonly secret: Secret
}

/** A token nobody has. */
export const newToken = (): Token => ({
  credentialId: `crd_${randomLetters(ID_CHARS)}`,
  secret: new Secret(randomLetters(SECRET_CHARS)),
})

/** A token with another secret for a credential that is there. */
export const tokenOf = (credentialId: string): Token => ({
  credentialId,
  secret: new Secret(randomLetters(SECRET_CHARS)),
})

/** The text a person or program keeps. */
export const formatToken = ({ credentialId, secret }: Token): string =>
  `tow_${credentialId.slice('crd_'.length)}_${secret.reveal()}`

/** Undefined for anything that cannot be a token. */
export const parseToken = (text: string): Token | undefined => {
  const [, id, secret] = TOKEN.exec(text) ?? []
  return id !== undefined && secret !== undefined
    ? { credentialId: `crd_${id}`, secret: new Secret(secret) }
    : undefined
}

/** SHA-256: enough for a secret of 256 random bits, and the same work for every guess. */
export const hashSecret = (secret: Secret): Buffer => createHash('sha256').update(secret.reveal()).digest()

const randomLetters = (count: number): string => {
  let text = ''
  while (text.length < count) {
    for (const byte of randomBytes(count)) {
      if (byte < FAIR && text.length < count) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}
