/** A gRPC service on @grpc/grpc-js without TLS. Prints `listening PORT`. */
import { fileURLToPath } from 'node:url'
import grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const { interop } = grpc.loadPackageDefinition(loadSync(fileURLToPath(new URL('service.proto', import.meta.url))))

const LARGEST = { 'grpc.max_receive_message_length': 32 << 20, 'grpc.max_send_message_length': 32 << 20 }

/** How calls of `hang` ended, by their text. */
const endings = new Map()
const ending = (text) => {
  if (!endings.has(text)) {
    const made = {}
    made.promise = new Promise((resolve) => (made.resolve = resolve))
    endings.set(text, made)
  }
  return endings.get(text)
}

const trailer = (name, value) => {
  const metadata = new grpc.Metadata()
  metadata.set(name, value)
  return metadata
}

const judge = {
  echo: (call, answer) => {
    const said = call.metadata.get('x-said')
    const head = new grpc.Metadata()
    for (const value of said) head.add('x-heard', value)
    head.set('x-bytes-bin', Buffer.from([0, 255, 10, 13]))
    call.sendMetadata(head)
    answer(null, call.request, trailer('x-trailer', 'after the message'))
  },
  count: (call) => {
    for (let at = 0; at < call.request.number; at++) call.write({ text: String(at) })
    call.end(trailer('x-counted', String(call.request.number)))
  },
  talk: (call) => {
    call.on('data', ({ text }) => call.write({ text: `you said ${text}` }))
    call.on('end', () => call.end(trailer('x-trailer', 'goodbye')))
    call.on('cancelled', () => ending('talk').resolve('cancelled'))
  },
  gather: (call, answer) => {
    let number = 0
    call.on('data', ({ data }) => (number += data.length))
    call.on('end', () => answer(null, { number }))
  },
  /** An error before any message: head and trailers are one (gRPC over HTTP/2, Trailers-Only). */
  refuse: (call, answer) => {
    const metadata = trailer('x-why', 'because')
    answer({ code: call.request.number, details: `code ${call.request.number}, 100% – naïve`, metadata })
  },
  break: (call) => {
    call.write({ text: 'one' })
    call.emit('error', { code: grpc.status.DATA_LOSS, details: 'broke after one' })
  },
  hang: (call) => call.on('cancelled', () => ending(call.request.text).resolve('cancelled')),
  ended: (call, answer) => ending(call.request.text).promise.then((text) => answer(null, { text })),
}

const server = new grpc.Server(LARGEST)
server.addService(interop.Judge.service, judge)
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error
  process.stdout.write(`listening ${port}\n`)
})
