/** Owns the words of `towline webtty expose`. */
import { type Build, collect, command, examples, formatOption } from '../command.ts'
import type { WebttyExposeOptions } from '../run/webtty-expose.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyExpose: Build = (io) => {
  const made = command('expose', 'Have a machine expose one of its services, until it is ended or its server ends')
    .argument('<target>', 'port, host:port, or an https:// URL, as that machine sees it')
    .option('--name <name>', 'name of the tunnel; the server makes one up otherwise')
    .option('--label <key=value>', 'label shown in inventories and events; repeat for more', collect)
    .option('--tcp', 'a raw TCP port')
    .option('--no-publish', 'private: reachable only as tow://name')
    .option('--token-auth', 'visitors need a token of the project')
    .option('--trusted-ips <cidr,...>', 'networks that may visit')
    .option('--host-header <value>', 'Host that the service sees; "rewrite" sends the service\'s own')
    .option(
      '--mcp-path <path>',
      'an MCP server is there, such as at /mcp: labelled so, and published only with --token-auth',
    )
    .option('--ttl <duration>', 'end it by itself after that long, such as 1h')
    .option('--id <id>', 'name of your own for it: the same id with the same words exposes once')
    .option('--path <path>', 'path whose answer is compared there and through the tunnel')
  return examples(
    webttyOptions(made.addOption(formatOption())),
    'towline webtty expose --url tow://edge-lab 3000 --name grafana --token-auth --ttl 1h',
    'towline webtty expose --url tow://edge-lab 8931 --no-publish --mcp-path /mcp',
  ).action(async (target: string, options: WebttyExposeOptions) =>
    (await import('../run/webtty-expose.ts')).run(io, target, options),
  )
}
