/**
 * What `npm run test:interop` runs: stock clients that no one here wrote, installed beside their tests. `--counts FILE` keeps
 * the counts. TOWLINE_SKIP_AGENTS=1 leaves out the agents, which are large.
 */
import { join } from 'node:path'
import { bundle, compile } from './build.mjs'
import { install } from './install.mjs'
import { installAgents } from './lib/agents.mjs'
import { root } from './lib/run.mjs'
import { BROKEN, finish, vitest } from './lib/vitest.mjs'

const ready = async () =>
  (await install()) &&
  (await install(join(root, 'test', 'interop'), 'stock clients')) &&
  (await installAgents()) &&
  !(await Promise.all([compile(), bundle()])).includes(false)

finish([(await ready()) ? await vitest('interop') : BROKEN])
