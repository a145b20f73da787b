/** Owns a passkey without a browser: enough of a WebAuthn authenticator to be registered and to sign in. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export interface Authenticator {
  /** The answer to `navigator.credentials.create`, as JSON. */
  create(options: { readonly challenge: string }): object
  /** The answer to `navigator.credentials.get`, as JSON. */
  get(options: { readonly challenge: string }): object
}

export const openAuthenticator = (origin: string): Authenticator => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(16)
  const { hostname: rpId } = new URL(origin)
  let used = 0
  const answer = (type: string, challenge: string, response: (clientData: Buffer) => object): object => {
    const clientData = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
    const told = { clientDataJSON: text(clientData), ...response(clientData) }
    return { id: text(id), rawId: text(id), type: 'public-key', clientExtensionResults: {}, response: told }
  }
  return {
    create: ({ challenge }) =>
      answer('webauthn.create', challenge, () => {
        const length = Buffer.alloc(2)
        length.writeUInt16BE(id.length)
        const made = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)])
        const authData = Buffer.concat([authenticatorData(rpId, 0x45, 0), made])
        const none = [Buffer.from([0xa3]), cborText('fmt'), cborText('none'), cborText('attStmt'), Buffer.from([0xa0])]
        const attestation = Buffer.concat([...none, cborText('authData'), cborBytes(authData)])
        return { attestationObject: text(attestation), transports: ['internal'] }
      }),
    get: ({ challenge }) =>
      answer('webauthn.get', challenge, (clientData) => {
        used++
        const authData = authenticatorData(rpId, 0x05, used)
        const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
        return { authenticatorData: text(authData), signature: text(sign('sha256', signed, privateKey)) }
      }),
  }
}

const text = (bytes: Buffer): string => bytes.toString('base64url')

/** Web Authentication §6.1; flags 0x01 present, 0x04 verified, 0x40 with a credential. */
const authenticatorData = (rpId: string, flags: number, counter: number): Buffer => {
  const tail = Buffer.alloc(5)
  tail.writeUInt8(flags)
  tail.writeUInt32BE(counter, 1)
  return Buffer.concat([createHash('sha256').update(rpId).digest(), tail])
}

/** RFC 9053 §7.1: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}. */
const coseKey = (key: KeyObject): Buffer => {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const [one, other] = [x, y].map((part) => cborBytes(Buffer.from(part, 'base64url')))
  return Buffer.concat([
    ...[Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]), one as Buffer],
    ...[Buffer.from([0x22]), other as Buffer],
  ])
}

const cborText = (word: string): Buffer => Buffer.concat([Buffer.from([0x60 + word.length]), Buffer.from(word)])

const cborBytes = (bytes: Buffer): Buffer => {
  const head = bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 0xff]
  return Buffer.concat([Buffer.from(head), bytes])
}
