/** Owns which services give control or data away when they are published without asking who comes. */
import { isIP } from 'node:net'
import { type Kind, shown, type Surface } from '@towline/protocol'
import { isForbiddenAddress } from '../webtty/expose/service-hosts.ts'

/** What is to be exposed; as a `TunnelSpec` says it. */
export interface ExposeSpec {
  readonly kind: Kind
  readonly name?: string | undefined
  /** The public one wanted, of kind tcp. */
  readonly port?: number | undefined
  readonly surface?: Surface | undefined
  readonly tokenAuth?: boolean | undefined
  /** Where the service listens. */
  readonly target: { readonly host?: string | undefined; readonly port?: number | undefined }
  /** It speaks MCP under this path. */
  readonly mcpPath?: string | undefined
}

/** What whoever reaches the port gets. */
const CONTROL = 'runs commands on the machine'
const DATA = 'hands out or changes what is stored'
const INSIGHT = 'tells what goes on inside, or lets it be changed'
const NETWORK = 'leads into the network behind it'

/** By the usual ports of services that are safe only among friends. Grafana is not among them: its 3000 is what web developers publish all day. */
const PORTS: readonly (readonly [service: string, gives: string, ...ports: number[]])[] = [
  ['SSH', CONTROL, 22, 2222],
  ['Telnet', CONTROL, 23],
  ['remote shells', CONTROL, 512, 513, 514],
  ['Windows Remote Management', CONTROL, 5985, 5986],
  ['RDP', CONTROL, 3389],
  ['VNC', CONTROL, 5900, 5901, 5902, 5903],
  ['X11', CONTROL, 6000, 6001],
  ['Docker', CONTROL, 2375, 2376, 2377],
  ['Kubernetes', CONTROL, 6443, 10_250, 10_255],
  ['Nomad', CONTROL, 4646],
  ['Jupyter', CONTROL, 8888],
  ['the debugger of Node', CONTROL, 9229],
  ['the debugger of Java', CONTROL, 5005],
  ['the debugger of Chrome', CONTROL, 9222],
  ['Ray', CONTROL, 8265],
  ['adb', CONTROL, 5555],
  ['RPC and SMB', DATA, 111, 135, 137, 138, 139, 445],
  ['LDAP', DATA, 389, 636],
  ['rsync', DATA, 873],
  ['NFS', DATA, 2049],
  ['SQL Server', DATA, 1433, 1434],
  ['Oracle', DATA, 1521],
  ['MySQL', DATA, 3306, 33_060],
  ['PostgreSQL', DATA, 5432, 5433, 6432],
  ['CouchDB', DATA, 5984],
  ['Redis', DATA, 6379, 6380, 26_379],
  ['Cassandra', DATA, 7000, 7001, 9042, 9160],
  ['Neo4j', DATA, 7474, 7687],
  ['ClickHouse', DATA, 8123, 9000],
  ['InfluxDB', DATA, 8086],
  ['Elasticsearch', DATA, 9200, 9300],
  ['memcached', DATA, 11_211],
  ['MongoDB', DATA, 27_017, 27_018, 27_019],
  ['etcd', DATA, 2379, 2380],
  ['Consul', DATA, 8500],
  ['ZooKeeper', DATA, 2181],
  ['Vault', DATA, 8200],
  ['Kafka', DATA, 9092],
  ['RabbitMQ', DATA, 5672, 15_672],
  ['NATS', DATA, 4222, 8222],
  ['Prometheus', INSIGHT, 9090, 9091, 9093, 9100],
  ['Kibana', INSIGHT, 5601],
  ['SNMP', INSIGHT, 161],
  ['SOCKS and HTTP proxies', NETWORK, 1080, 3128],
]

/** Names at which clouds hand credentials to their machines; of addresses {@link isForbiddenAddress} tells. */
const METADATA = /^(?:metadata(?:\.google\.internal)?|instance-data(?:\.ec2\.internal)?)\.?$/i

/** What the machine calls itself. */
const THIS_MACHINE = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i

/**
 * Why publishing it needs a person's yes; undefined when it does not. Private tunnels, and those that ask visitors for a
 * token, are as safe as the project. Ports only hint: a service elsewhere is not recognised, which is why kinds other than
 * HTTP always count, as do control surfaces.
 */
export const sensitiveExpose = (spec: ExposeSpec): string | undefined => {
  const { kind, tokenAuth, surface, mcpPath, target } = spec
  const host = plainHost(target.host ?? 'localhost')
  if (METADATA.test(host) || (isIP(host) !== 0 && isForbiddenAddress(host)))
    return 'the metadata service of a cloud hands out credentials of the machine'
  const known = PORTS.find(([, , ...ports]) => ports.includes(target.port ?? 0))
  // Told to be an MCP server, it may be sent what it takes for something else.
  if (known && mcpPath !== undefined) return `port ${target.port} is usually ${known[0]} and no MCP server`
  if (kind === 'private' || tokenAuth === true) return undefined
  if (surface !== undefined) return `it is marked as ${surface}, which ${CONTROL}`
  if (!THIS_MACHINE.test(host)) return `"${shown(host)}" is not the machine itself, and ${NETWORK}`
  if (mcpPath !== undefined) return 'an MCP server lets whoever reaches it call its tools'
  if (known) return `port ${target.port} is usually ${known[0]}, which ${known[1]}`
  if (kind !== 'http') return `a ${kind} service can be anything, and visitors are not asked who they are`
  return undefined
}

/** Whether a name leads wherever somebody lets it lead, each time anew. */
export const isForeignName = (host: string): boolean =>
  !THIS_MACHINE.test(plainHost(host)) && isIP(plainHost(host)) === 0

/** Without brackets, and in the one way to write its address: `0xa9fea9fe` and `2852039166` are 169.254.169.254. */
const plainHost = (host: string): string => {
  const bare = host.replaceAll(/[[\]]/g, '')
  const url = `http://${bare.includes(':') ? `[${bare}]` : bare}/`
  return URL.canParse(url) ? new URL(url).hostname.replaceAll(/[[\]]/g, '') : bare
}
