import { defineConfig } from 'vitest/config'

/**
 * Owns how tests run. Unit tests stand beside the code, some of them on PostgreSQL too; system tests use real sockets and
 * processes; interop tests run stock clients.
 */
const resolve = { conditions: ['towline-source', 'node', 'default'] }
const ssr = { resolve: { conditions: ['towline-source', 'node', 'default'] } }

/** More than one wait of a test gets (testkit), so that its message says what did not come. */
const TEST_MS = 70_000

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'test/*.test.ts'],
          // Processes, not threads: a worker thread that held sockets may never end on Node 20.
          pool: 'forks',
          isolate: false,
          // By default one processor is left out; tests that wait leave the runner enough.
          maxWorkers: '100%',
          testTimeout: TEST_MS,
          hookTimeout: TEST_MS,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'postgres',
          // What must be the same on both databases, and is written for one: the matrix, the API, its tools and pages.
          include: [
            'packages/control/src/{api,mcp,payment,approval,audit}/**/*.test.ts',
            'packages/control/src/authority.test.ts',
          ],
          globalSetup: 'packages/testkit/src/postgres-setup.ts',
          pool: 'forks',
          isolate: false,
          testTimeout: TEST_MS,
          hookTimeout: TEST_MS,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          exclude: ['test/interop/node_modules/**'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
