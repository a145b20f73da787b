/**
 * A gRPC client on @grpc/grpc-js: `grpc-client.mjs PORT AUTHORITY [CA-FILE]` plays every case against
 * clients/grpc-service.mjs, by TLS when a CA is given, and prints what it saw as JSON.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const [, , port, authority, caFile] = process.argv
const { interop } = grpc.loadPackageDefinition(loadSync(fileURLToPath(new URL('service.proto', import.meta.url))))
const MiB = 1 << 20

const connect = () =>
  new interop.Judge(
    `127.0.0.1:${port}`,
    caFile ? grpc.credentials.createSsl(readFileSync(caFile)) : grpc.credentials.createInsecure(),
    {
      'grpc.default_authority': authority,
      ...(caFile && { 'grpc.ssl_target_name_override': authority.split(':')[0] }),
      'grpc.max_receive_message_length': 32 * MiB,
      'grpc.max_send_message_length': 32 * MiB,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    },
  )
const client = connect()
const inTime = () => ({ deadline: Date.now() + 40_000 })

/** A call with one answer: the answer or the error, and what came around it. */
const unary = (name, request, { metadata = new grpc.Metadata(), options = inTime(), from = client, write } = {}) =>
  new Promise((resolve) => {
    const told = {}
    const done = (error, answer) => {
      told.answer = answer
      if (error) told.error = { code: error.code, details: error.details, metadata: error.metadata }
      if (told.status) resolve(told)
      told.answered = true
    }
    const call = write ? from[name](metadata, options, done) : from[name](request, metadata, options, done)
    call.on('metadata', (head) => (told.head = head))
    call.on('status', (status) => {
      told.status = status
      if (told.answered) resolve(told)
    })
    told.call = call
    write?.(call)
  })

/** All messages of a stream, and how it ended. */
const all = (call) =>
  new Promise((resolve) => {
    const texts = []
    call.on('data', ({ text }) => texts.push(text))
    call.on('error', () => {})
    call.on('status', ({ code, details, metadata }) => resolve({ texts, code, details, metadata }))
  })

const CASES = {
  unary: async () => {
    const metadata = new grpc.Metadata()
    metadata.add('x-said', 'one')
    metadata.add('x-said', 'two')
    const { answer, head, status } = await unary('echo', { text: 'hello' }, { metadata })
    return {
      text: answer.text,
      heard: head.get('x-heard'),
      bytes: [...head.get('x-bytes-bin')[0]],
      trailer: status.metadata.get('x-trailer'),
    }
  },
  large: async () => {
    const data = Buffer.alloc(16 * MiB)
    for (let at = 0; at < data.length; at += 997) data[at] = at / 997
    const { answer } = await unary('echo', { data })
    return data.equals(answer.data)
  },
  serverStream: async () => {
    const { texts, code, metadata } = await all(client.count({ number: 5_000 }, inTime()))
    const inOrder = texts.every((text, at) => text === String(at))
    return { count: texts.length, inOrder, code, counted: metadata.get('x-counted') }
  },
  clientStream: async () => {
    const write = (call) => {
      for (let at = 0; at < 32; at++) call.write({ data: Buffer.alloc(256 * 1024, at) })
      call.end()
    }
    const { answer } = await unary('gather', undefined, { write })
    return answer.number
  },
  /** Each word is said only when the one before was answered, so nothing may wait for the end of a body. */
  bidi: async () => {
    const call = client.talk(inTime())
    const ended = all(call)
    let said = 0
    call.on('data', () => (++said < 100 ? call.write({ text: String(said) }) : call.end()))
    call.write({ text: '0' })
    const { texts, code, metadata } = await ended
    return { count: texts.length, last: texts.at(-1), code, trailer: metadata.get('x-trailer') }
  },
  trailersOnly: async () => {
    const told = []
    for (const code of [grpc.status.NOT_FOUND, grpc.status.UNAUTHENTICATED, grpc.status.INTERNAL]) {
      const { error } = await unary('refuse', { number: code })
      told.push([error.code, error.details, error.metadata.get('x-why')])
    }
    return told
  },
  breaks: async () => {
    const { texts, code, details } = await all(client.break({}, inTime()))
    return { texts, code, details }
  },
  unimplemented: async () => {
    const Other = grpc.makeGenericClientConstructor({
      none: { ...interop.Judge.service.Echo, path: '/interop.Judge/None' },
    })
    const other = new Other(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      channelOverride: client.getChannel(),
    })
    return (await unary('none', {}, { from: other })).error.code
  },
  deadline: async () => {
    const { error } = await unary('hang', { text: 'late' }, { options: { deadline: Date.now() + 300 } })
    return [error.code, (await unary('ended', { text: 'late' })).answer.text]
  },
  cancel: async () => {
    const call = client.talk(inTime())
    const ended = all(call)
    call.once('data', () => call.cancel())
    call.write({ text: 'hello' })
    const { code } = await ended
    return [code, (await unary('ended', { text: 'talk' })).answer.text]
  },
  many: async () => {
    const clients = [client, connect(), connect()]
    const calls = Array.from({ length: 600 }, (_, at) => unary('echo', { text: String(at) }, { from: clients[at % 3] }))
    const answers = await Promise.all(calls)
    clients.slice(1).forEach((each) => each.close())
    return answers.filter(({ answer }, at) => answer?.text === String(at)).length
  },
}

const told = {}
for (const [name, play] of Object.entries(CASES)) {
  told[name] = await play().catch((error) => `failed: ${error.message}`)
}
process.stdout.write(JSON.stringify(told), () => process.exit(0))
