/** Owns a whole turn of a raw client: it is started, a command is allowed, its end is heard, and the thread is read. */
import type { RawClient } from './raw-client.ts'

/** `start` are params of `thread/start`. Answers what the end of the turn told. */
export const approvedTurn = async (client: RawClient, start: object): Promise<unknown> => {
  const { result } = await client.ask('thread/start', start)
  const { id: threadId } = (result as { readonly thread: { readonly id: string } }).thread
  await client.ask('turn/start', { threadId, input: [{ type: 'text', text: 'Go on.', text_elements: [] }] })
  const { id } = await client.heard(({ method }) => method === 'item/commandExecution/requestApproval')
  client.say({ id, result: { decision: 'accept' } })
  const { params } = await client.heard(({ method }) => method === 'turn/completed')
  await client.ask('thread/read', { threadId, includeTurns: true })
  return params
}
