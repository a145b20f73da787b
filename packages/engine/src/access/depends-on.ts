/** Owns which credentials a revocation reaches: the one that is named, and those that were minted from it. */
import type { Principal } from '@towline/protocol'

export const dependsOn = ({ credentialId, rootCredentialId }: Principal, revokedId: string): boolean =>
  credentialId === revokedId || rootCredentialId === revokedId
