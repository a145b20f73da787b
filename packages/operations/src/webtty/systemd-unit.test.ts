/** Proves that systemd reads the unit back as what was meant. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { systemdUnit, unitName } from './systemd-unit.ts'

const SPEC = {
  name: 'edge-lab',
  argv: ['/usr/bin/node', '/opt/tow line/towline.js', 'webtty', 'server', '--label', 'note=50% "of" $HOME\\n'],
  cwd: '/srv/app 100%',
  env: { TOWLINE_CONTEXT: 'lab' },
}

describe('webtty service: the unit', () => {
  it('quotes every word, so that systemd puts nothing in', () => {
    verifies('webtty.service')
    const lines = systemdUnit(SPEC).split('\n')
    expect(lines).toContain(
      'ExecStart="/usr/bin/node" "/opt/tow line/towline.js" "webtty" "server" "--label" "note=50%% \\"of\\" $$HOME\\\\n"',
    )
    expect(lines).toContain('WorkingDirectory=/srv/app 100%%')
    expect(lines).toContain('Environment="TOWLINE_CONTEXT=lab"')
    expect(lines).toContain('WantedBy=default.target')
    expect(unitName('edge-lab')).toBe('towline-webtty-edge-lab.service')
  })

  it('keeps a line break out of every value', () => {
    const unit = systemdUnit({ ...SPEC, name: 'a\nExecStart=/bin/evil', argv: ['/bin/x', 'a\nExecStart=/bin/evil'] })
    expect(unit.match(/^ExecStart=/gm)).toHaveLength(1)
  })

  it('is what systemd accepts', async ({ skip }) => {
    verifies('webtty.service')
    const folder = await mkdtemp(join(tmpdir(), 'towline-unit-'))
    try {
      const file = join(folder, unitName('edge-lab'))
      await writeFile(file, systemdUnit({ ...SPEC, argv: [process.execPath, ...SPEC.argv.slice(1)], cwd: '/' }))
      const run = promisify(execFile)('systemd-analyze', ['verify', '--man=no', file])
      const told = await run.then(
        () => '',
        (error: NodeJS.ErrnoException & { stderr?: string }) =>
          error.code === 'ENOENT' ? undefined : String(error.stderr),
      )
      if (told === undefined) return skip('systemd-analyze is not installed')
      expect(told).toBe('')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
