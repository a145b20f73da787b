/** Runs the mux fuzzer over a million broken frames, or as many as the first argument says; the second is the seed. */
import { spawnSync } from 'node:child_process'

const [frames = '1000000', seed = '1'] = process.argv.slice(2)
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'packages/protocol/src/mux/fuzz.test.ts'],
  {
    cwd: new URL('..', import.meta.url),
    stdio: 'inherit',
    env: { ...process.env, FUZZ_FRAMES: frames, FUZZ_SEED: seed },
  },
)
process.exitCode = status ?? 1
