/** Owns making certificates: a CA of our own and the leaves it signs (RFC 5280), on EC P-256. */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import type { KeyPair } from './certificate.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** Clocks of other machines may be behind ours. */
const BACKDATE_SECONDS = 3600
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

/** Integer seconds since the epoch, and how long it is good. */
export interface Life {
  readonly now: number
  readonly seconds: number
}

/** The library takes a fifth of a second to load and is needed once in a while. */
const load = async () => {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto)
  return x509
}

/** A new CA that may sign leaves only. */
export const issueCa = async (name: string, life: Life): Promise<KeyPair> => {
  const x509 = await load()
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }, { O: ['Towline development CA'] }],
    ...validity(life),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: pem(certificate.toString('pem')), key: await exportKey(keys.privateKey) }
}

/** A leaf for host names and addresses, signed by `ca`; `cert` holds the leaf and the CA. */
export const issueLeaf = async (ca: KeyPair, names: readonly string[], life: Life): Promise<KeyPair> => {
  const x509 = await load()
  const keys = await newKeys()
  const issuer = new x509.X509Certificate(ca.cert)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ CN: [names[0] ?? 'localhost'] }],
    issuer: issuer.subjectName,
    ...validity(life),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: await importKey(ca.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: `${pem(certificate.toString('pem'))}${pem(ca.cert)}`, key: await exportKey(keys.privateKey) }
}

/** Whether `key` is the key of the first certificate in `cert`. */
export const isKeyOf = ({ key }: KeyPair, leaf: { checkPrivateKey(key: KeyObject): boolean }): boolean =>
  leaf.checkPrivateKey(createPrivateKey(key)) && createPublicKey(key).asymmetricKeyType === 'ec'

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

/** Positive and 16 bytes long (RFC 5280 §4.1.2.2). */
const newSerial = (): string => {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40
  return bytes.toString('hex')
}

const validity = ({ now, seconds }: Life) => ({
  notBefore: new Date((now - BACKDATE_SECONDS) * 1000),
  notAfter: new Date((now + seconds - BACKDATE_SECONDS) * 1000),
})

const exportKey = async (key: webcrypto.CryptoKey): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }) as string
}

const importKey = async (key: string): Promise<webcrypto.CryptoKey> => {
  const der = createPrivateKey(key).export({ format: 'der', type: 'pkcs8' })
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
}

const pem = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)
