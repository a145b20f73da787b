/** Proves that a machine which lacks something is told what. */
import { AppError } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { missingToServe } from './prerequisites.ts'

const pty = () => ({})

describe('webtty prerequisites', () => {
  it('finds nothing missing where the programs and the binding are', () => {
    expect(missingToServe({ env: { PATH: process.env['PATH'] }, pty })).toEqual([])
  })

  it('names what is missing', () => {
    const gone = () => {
      throw new AppError('PTY_UNAVAILABLE', { problem: 'musl' })
    }
    expect(missingToServe({ env: { PATH: '/nonexistent' }, pty: gone })).toEqual([
      'the program setsid',
      'the program mkfifo',
      `the prebuilt part for terminals on ${process.platform}/${process.arch}`,
    ])
  })
})
