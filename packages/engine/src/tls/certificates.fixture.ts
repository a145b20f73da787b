/** Owns certificates for tests, from a CA of their own. */
import type { CertificateSource, KeyPair } from './certificate.ts'
import { issueCa, issueLeaf } from './issue.ts'

const life = () => ({ now: Math.floor(Date.now() / 1000), seconds: 24 * 3600 })

/** A CA and a leaf for `names`. */
export const certified = async (...names: readonly string[]): Promise<{ ca: string; leaf: KeyPair }> => {
  const ca = await issueCa('test', life())
  return { ca: ca.cert, leaf: await issueLeaf(ca, names, life()) }
}

/** A source that never changes. */
export const fixed = (pair: KeyPair): CertificateSource => ({
  current: () => pair,
  onChange: () => () => {},
  close: () => Promise.resolve(),
})
