import { expect, test } from 'vitest'
import { openTurn, text } from '../agent.fixture.ts'
import { customCall, functionCall, message, openFakeModel } from '../model.fixture.ts'
import { userMessage } from '../context/messages.ts'
import { modelRequest, unansweredCalls, validInput } from './model-request.ts'

const output = (callId: string) => ({ type: 'function_call_output', call_id: callId, output: 'x' })

test('agent model: each call is sent with an answer, and no answer without its call', () => {
  const items = [
    functionCall('f', {}, 'a'),
    customCall('g', '', 'b'),
    functionCall('f', {}, 'c'),
    output('c'),
    output('orphan'),
  ]
  expect(validInput(items).map(({ type, call_id, output: said }) => [type, call_id, said])).toEqual([
    ['function_call', 'a', undefined],
    ['function_call_output', 'a', 'aborted'],
    ['custom_tool_call', 'b', undefined],
    ['custom_tool_call_output', 'b', 'aborted'],
    ['function_call', 'c', undefined],
    ['function_call_output', 'c', 'x'],
  ])
  expect(unansweredCalls(items).map((item) => item['call_id'])).toEqual(['a', 'b'])
})

test('agent model: nothing is sent that only the endpoint of then could know', () => {
  const items = [
    message('hi'),
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' },
    { type: 'reasoning', id: 'rs_2', summary: [] },
    { type: 'ghost_snapshot', ghost_commit: {} },
    { type: 'message', role: 'user', content: [], internal_chat: 1 },
  ]
  expect(validInput(items)).toEqual([
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hi', annotations: [] }] },
    { type: 'reasoning', summary: [], encrypted_content: 'sealed' },
    { type: 'message', role: 'user', content: [] },
  ])
})

test('agent model: models that do not reason are not asked about it', async () => {
  const model = await openFakeModel([])
  const { settings } = openTurn({ model, cwd: '/' }).context
  await model.close()
  const ask = (over: object) =>
    modelRequest({ settings: { ...settings, ...over }, threadId: 't', instructions: '', items: [], tools: [] })
  expect(ask({ model: 'gpt-5.1', effort: 'high', summary: 'auto' })).toMatchObject({
    ...{ reasoning: { effort: 'high', summary: 'auto' }, include: ['reasoning.encrypted_content'] },
  })
  expect(ask({ model: 'gpt-4.1', effort: 'high' })).not.toHaveProperty('reasoning')
  expect(ask({ model: 'gpt-4.1' })).toMatchObject({ include: [] })
})

test('agent model: what a person sends is a message, and a file that cannot be shown is named', async () => {
  const sent = await userMessage([
    ...text('see'),
    { type: 'image', url: 'data:image/png;base64,AA' },
    { type: 'localImage', path: '/nowhere.png' },
    { type: 'mention', name: 'a.ts', path: '/w/a.ts' },
  ])
  expect(sent['content']).toEqual([
    { type: 'input_text', text: 'see' },
    { type: 'input_image', image_url: 'data:image/png;base64,AA' },
    { type: 'input_text', text: expect.stringMatching(/^\[The image \/nowhere.png cannot be shown: ENOENT/) as string },
    { type: 'input_text', text: '[mention a.ts: /w/a.ts]' },
  ])
})
