/** Proves by processes that `towline events` ends when nobody reads what it prints any more. */
import { openHttpService, start, startUp, towline, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'

describe('events', () => {
  it.each(['json', 'table'])(
    'ends in order with the next event when the reader of its pipe has gone (-o %s)',
    async (format) => {
      verifies('cli.output')
      await using up = await startUp()
      await using service = await openHttpService((_request, response) => response.end())
      const piped = '{ "$@"; echo "ended with $?" >&2; } | { head -n 1; echo "head has gone" >&2; }'
      const words = ['sh', '-c', piped, 'sh', ...towline('events', '-o', format)]
      await using program = start(words, { env: up.env })
      // A pipe tells its writer only when it writes again that its reader has gone.
      await program.complains(/head has gone/)
      const { program: web } = await up.online(String(service.port), '--name', 'web')
      expect((await program.complains(/ended with \d+/))[0]).toBe('ended with 0')
      const { stdout, stderr } = await program.ended()
      expect({ lines: stdout.trim().split('\n').length, told: /EPIPE|"code"|error /.test(stderr) }).toEqual({
        lines: 1,
        told: false,
      })
      await web.stop()
    },
  )
})
