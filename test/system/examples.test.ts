/** Proves that the examples run as they are, each as a process of its own. */
import { join } from 'node:path'
import { cleanEnv, eventually, start, startUp, verifies, visit } from '@towline/testkit'
import { expect, it } from 'vitest'
import { root } from '../repository.ts'

it('examples: node-sdk/serve.mjs is visited by the URL it prints, and is gone when it is told to end', async () => {
  verifies('sdk.node')
  await using up = await startUp()
  const { url, token } = up.context()
  const more = { TOWLINE_URL: url, TOWLINE_TOKEN: token, TOWLINE_CA_FILE: join(up.folder.path, 'data', 'ca.pem') }
  const argv = [process.execPath, join(root, 'examples/node-sdk/serve.mjs')]
  await using example = start(argv, { env: cleanEnv(up.folder.path, more) })
  const printed = await eventually('the URL', () => /^http\S+$/m.exec(example.stdout())?.[0])
  expect(printed).toBe(`http://${up.host('hello')}`)
  expect(await visit({ to: printed, path: '/there' })).toMatchObject({
    status: 200,
    body: 'Hello 127.0.0.1, you asked for /there\n',
  })
  example.kill('SIGINT')
  expect(await example.ended()).toMatchObject({ status: 0, stderr: '' })
  expect((await visit({ to: printed })).status).toBe(404)
})
