/** One hop of the node-pipe peer: accepts, connects onward, pipes both ways. */
import net from 'node:net'

const job = JSON.parse(process.argv[2])
const OPTIONS = { allowHalfOpen: true, noDelay: true }

const server = net.createServer(OPTIONS, (visitor) => {
  const onward = net.connect({ ...OPTIONS, host: job.to, port: job.port })
  visitor.pipe(onward).pipe(visitor)
  visitor.on('error', () => onward.destroy())
  onward.on('error', () => visitor.destroy())
  visitor.on('close', () => onward.destroy())
})
server.listen({ host: job.listen, port: 0, backlog: 4096 }, () =>
  console.log(JSON.stringify({ port: server.address().port })),
)
process.on('SIGTERM', () => process.exit(0))
