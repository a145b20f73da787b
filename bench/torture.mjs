/** Tortures the byte path for `--seconds` on each socket path and kind of link, with the chance of `--seed`. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
})
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'system', 'test/system/byte-torture.test.ts'],
  {
    cwd: new URL('..', import.meta.url),
    stdio: 'inherit',
    env: { ...process.env, TORTURE_SECONDS: values.seconds, TORTURE_SEED: values.seed },
  },
)
process.exitCode = status ?? 1
