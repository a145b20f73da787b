/** Proves what a project's settings keep out. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { type PolicyTarget, type ProjectPolicy, refusedByPolicy } from './policy.ts'

const http: PolicyTarget = { kind: 'http', name: 'web' }

describe('protocol policy', () => {
  it.each<[ProjectPolicy, PolicyTarget, string]>([
    [{ publicAccess: 'forbidden' }, http, 'nothing may be published'],
    [{ publicAccess: 'auth-required' }, http, 'what is published has to ask for a token'],
    [{ publicAccess: 'auth-required' }, { kind: 'tcp', name: 'db' }, 'what is published has to ask for a token'],
    [{ allowedKinds: ['private'] }, http, 'tunnels of kind http are not allowed'],
    [{ allowedNames: ['db', 'pre-*'] }, http, 'names have to be one of db, pre-*'],
    [{ allowedNames: ['web'] }, { kind: 'http' }, 'names have to be one of web'],
    [{ allowedNames: ['we'] }, http, 'names have to be one of we'],
    [{ allowedPorts: [{ from: 2000, to: 2009 }] }, { kind: 'tcp', port: 2010 }, 'public ports have to be in 2000-2009'],
    [{ allowedPorts: [{ from: 2000, to: 2009 }] }, { kind: 'tcp' }, 'public ports have to be in 2000-2009'],
  ])('refuses by %j the tunnel %j', (policy, target, words) => {
    verifies('project.settings')
    expect(refusedByPolicy(policy, target)).toBe(words)
  })

  it.each<[ProjectPolicy, PolicyTarget]>([
    [{}, http],
    [{ publicAccess: 'forbidden' }, { kind: 'private', name: 'db' }],
    [{ publicAccess: 'auth-required' }, { ...http, tokenAuth: true }],
    [{ allowedNames: ['pre-*'] }, { kind: 'http', name: 'pre-1' }],
    [{ allowedNames: ['*'] }, http],
    [{ allowedPorts: [{ from: 2000, to: 2009 }] }, { kind: 'tcp', port: 2009 }],
    [{ allowedPorts: [{ from: 2000, to: 2009 }] }, http],
  ])('allows by %j the tunnel %j', (policy, target) => {
    expect(refusedByPolicy(policy, target)).toBeUndefined()
  })
})
