/** Proves which addresses of app-servers are taken, and that a token goes only where nobody else reads it. */
import type { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { parseRemote, remoteToken } from './remote-address.ts'

const refusal = (run: () => unknown): AppError => {
  try {
    run()
  } catch (error) {
    return error as AppError
  }
  throw new Error('nothing was thrown')
}

describe('remote address', () => {
  it.each([
    '',
    'devbox',
    'http://127.0.0.1:1',
    'https://x:1',
    'ws://',
    'ws://a b',
    'ws://127.0.0.1:1/?token=x',
    'wss://x:1#y',
    'wss://ann:secret@x:1',
    'unix://',
    'unix://relative',
    'tow://a/b',
    'tow://A B',
    'ssh://',
    'ssh:///',
    'ssh://-oProxyCommand=x',
    'ssh://a b',
  ])('refuses %j', (text) => {
    verifies('tui.remote')
    const error = refusal(() => parseRemote(text))
    expect(['APP_ADDRESS_INVALID', 'TARGET_INVALID', 'NAME_INVALID']).toContain(error.code)
    expect(error.message).not.toContain('secret')
  })

  it.each([
    ['ws://127.0.0.1:4500', 'web', true],
    ['ws://[::1]:4500', 'web', true],
    ['ws://localhost:4500', 'web', true],
    ['ws://10.0.0.1:4500', 'web', false],
    ['ws://127.0.0.1.example.com:4500', 'web', false],
    ['wss://devbox.example.com:443', 'web', true],
    ['unix:///run/a.sock', 'unix', true],
    ['tow://devbox', 'tow', true],
    ['ssh://devbox', 'ssh', true],
    ['ssh://ann@10.0.0.1:2222', 'ssh', true],
  ])('reads %s', (text, kind, isPrivate) => {
    verifies('tui.remote')
    expect(parseRemote(text)).toMatchObject({ kind, isPrivate })
  })
})

describe('remote token', () => {
  const env = { T: ' abc\n', EMPTY: '' }

  it.each(['ws://10.0.0.1:4500', 'ws://devbox.example.com:80', 'ws://127.0.0.1.example.com:4500'])(
    'is not sent to %s',
    (text) => {
      verifies('tui.token')
      expect(refusal(() => remoteToken(parseRemote(text), env, 'T'))).toMatchObject({
        code: 'REMOTE_TOKEN_UNSAFE',
        message: '`--remote-auth-token-env` requires a wss://, tow:// or loopback ws:// remote.',
      })
    },
  )

  it.each(['MISSING', 'EMPTY'])('says that the variable %s is not set', (name) => {
    verifies('tui.token')
    expect(refusal(() => remoteToken(parseRemote('wss://x:1'), env, name)).message).toBe(
      `Environment variable \`${name}\` is not set.`,
    )
  })

  it.each(['wss://x:1', 'ws://127.0.0.1:1', 'tow://devbox', 'unix:///a'])('is sent to %s', (text) => {
    verifies('tui.token')
    expect(remoteToken(parseRemote(text), env, 'T').reveal()).toBe('abc')
  })
})
