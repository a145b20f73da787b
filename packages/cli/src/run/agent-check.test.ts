/** Proves `towline agent-check` as a command: what is on which stream, and how it ends. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testIo } from '../../test/test-io.ts'
import { runCli } from '../run-cli.ts'

let server: Server
let url: string

/** A site that offers nothing. */
beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(404).end())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const cli = async (...argv: string[]) => {
  const test = testIo()
  const exit = await runCli(test.io, ['agent-check', ...argv])
  await new Promise((done) => setImmediate(done))
  return { exit, stdout: test.stdout(), stderr: test.stderr() }
}

describe('cli agent-check', () => {
  it('cli: refuses what is no site, and says when nothing answers', async () => {
    expect(await cli('ftp://example.com')).toMatchObject({ exit: 2, stdout: '' })
    expect(await cli('--ca-file', '/nowhere.pem', url)).toMatchObject({ exit: 2, stdout: '' })
    expect(await cli('http://127.0.0.1:1')).toMatchObject({ exit: 6, stdout: '' })
  })

  it('cli: ends with 8 when a check failed, after every row was told', async () => {
    verifies('discovery.check')
    const { exit, stdout, stderr } = await cli(url, '-o', 'json')
    const report = JSON.parse(stdout) as { level: number; rows: { id: string; status: string; next: string }[] }
    expect({ exit, level: report.level }).toEqual({ exit: 8, level: 0 })
    const failed = report.rows.filter(({ status }) => status === 'fail')
    expect(failed.every(({ next }) => next !== '')).toBe(true)
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'CHECK_FAILED', details: { failed: failed.length, url } },
    })
  })

  it('cli: gives people the rows, and the grade beside them', async () => {
    const { stdout, stderr } = await cli(url)
    expect(stdout).toMatch(/^STATUS +CHECK +FOUND +NEXT\nfail +robots +\/robots\.txt answers 404 +Serve \/robots\.txt/)
    expect(stderr).toContain(`${url}: level 0 of 5, `)
    expect((await cli(url, '-o', 'yaml')).stdout).toMatch(/^url: "http.*"\nlevel: 0\n/)
  })
})
