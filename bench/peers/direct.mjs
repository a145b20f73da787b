/** No relay: what the load processes reach by themselves. */
export const direct = {
  name: 'direct',
  kinds: ['tcp', 'http'],
  needs: [],
  async start({ upstreamPort, hostAddress }) {
    return { host: hostAddress, port: upstreamPort, hostHeader: 'localhost', pids: [] }
  },
}
