/** Proves by a process that output which cannot be written is an error with a code. */
import { ERRORS } from '@towline/protocol'
import { openHome, run, towline, verifies } from '@towline/testkit'
import { expect, it } from 'vitest'

it('output: a full disk is told, and the exit status says so', async () => {
  verifies('cli.errors')
  await using home = openHome()
  const words = ['sh', '-c', '"$@" > /dev/full', 'sh', ...towline('context', 'list', '-o', 'json')]
  const { status, stderr } = await run(words, { env: home.env })
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: 'OUTPUT_FAILED', details: { problem: expect.stringContaining('ENOSPC') } },
  })
  expect(status).toBe(ERRORS.OUTPUT_FAILED.exit)
})
