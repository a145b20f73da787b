import { verifies } from '@towline/testkit/verifies'
import type { AppError, Tunnel } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { findProof } from './proof.ts'

const proofOf = (query: string, authorization?: string | readonly string[]): unknown => {
  const visitor = { address: '192.0.2.7', port: 1, localPort: 80, secure: false }
  const header = (name: string): string | readonly string[] | undefined =>
    name === 'authorization' ? authorization : undefined
  try {
    return findProof({ visitor, tunnel: {} as Tunnel, query, header })
  } catch (error) {
    return (error as AppError).code
  }
}

describe('edge proof', () => {
  it.each([
    ['header and parameter', 'towline.token=a', 'Bearer a'],
    ['two parameters', 'towline.token=a&towline.token=a', undefined],
    ['two parameters, one encoded', 'towline.token=a&towline%2Etoken=b', undefined],
    ['two headers', '', ['Bearer a', 'Bearer a']],
    ['two headers, one of another scheme', '', ['Basic a', 'Bearer a']],
  ])('edge proof: refuses %s', (_name, query, authorization) => {
    verifies('edge.token')
    expect(proofOf(query, authorization)).toBe('PROOF_DUPLICATE')
  })

  it.each([
    ['', undefined, undefined],
    ['a=b', 'Basic x', undefined],
    ['towline.tokens=a', undefined, undefined],
    ['', 'Bearer tow_a', { token: 'tow_a' }],
    ['', 'bearer tow_a', { token: 'tow_a' }],
    ['', 'Bearer', { token: '' }],
    ['towline.token=tow_a', undefined, { token: 'tow_a', cut: { from: 0, to: 19 } }],
    ['towline.token=tow_a&b=c', undefined, { token: 'tow_a', cut: { from: 0, to: 20 } }],
    ['a=b&towline.token=tow_a', undefined, { token: 'tow_a', cut: { from: 3, to: 23 } }],
    ['a&towline.token=x&b', 'Basic y', { token: 'x', cut: { from: 2, to: 18 } }],
    ['towline%2Etoken=x', undefined, { token: 'x', cut: { from: 0, to: 17 } }],
    ['towline.token', undefined, { token: '', cut: { from: 0, to: 13 } }],
  ])('edge proof: %j with %j is %j', (query, authorization, expected) => {
    expect(proofOf(query, authorization)).toEqual(expected)
  })
})
