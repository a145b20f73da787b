/** Owns that names below localhost lead to this machine (RFC 6761), as not every resolver has it. For `node --import`. */
import dns from 'node:dns'

const { lookup } = dns
dns.lookup = (name, ...rest) => lookup(name.endsWith('.localhost') ? '127.0.0.1' : name, ...rest)
