/** Owns a rollout with lines as Codex 0.128 wrote them: events without ordinals, commands among them. */

export const EARLY_ID = '0199a213-81c0-7800-8aa1-bbab2a035a53'

const TURNS = ['0199a213-9000-7800-8aa1-000000000001', '0199a213-9000-7800-8aa1-000000000002'] as const

const event = (type: string, payload: object) => ({ type: 'event_msg', payload: { type, ...payload } })
const message = (role: 'user' | 'assistant', text: string) => ({
  type: 'response_item',
  payload: { type: 'message', role, content: [{ type: role === 'user' ? 'input_text' : 'output_text', text }] },
})
const said = (text: string) => [
  message('user', text),
  event('user_message', { message: text, images: [], local_images: [], text_elements: [] }),
]
const answered = (text: string) => [event('agent_message', { message: text, phase: null }), message('assistant', text)]

const LINES = [
  {
    type: 'session_meta',
    payload: {
      ...{ id: EARLY_ID, timestamp: '2025-10-02T10:00:00.000Z', cwd: '/srv/app', originator: 'codex_cli_rs' },
      ...{
        cli_version: '0.128.0',
        source: 'cli',
        model_provider: 'scripted',
        base_instructions: { text: 'Be brief.' },
      },
    },
  },
  event('task_started', { turn_id: TURNS[0], model_context_window: 258_400 }),
  {
    type: 'turn_context',
    payload: {
      ...{ turn_id: TURNS[0], cwd: '/srv/app', approval_policy: 'on-failure', model: 'scripted', summary: 'auto' },
      sandbox_policy: {
        type: 'workspace-write',
        network_access: false,
        exclude_tmpdir_env_var: false,
        exclude_slash_tmp: false,
      },
    },
  },
  ...said('list the files'),
  event('agent_reasoning', { text: 'They want to see files.' }),
  {
    type: 'response_item',
    payload: { type: 'function_call', name: 'shell', arguments: '{"command":["ls"]}', call_id: 'call_1' },
  },
  event('exec_command_end', {
    ...{ call_id: 'call_1', turn_id: TURNS[0], command: ['bash', '-lc', 'ls'], cwd: '/srv/app', source: 'agent' },
    ...{ parsed_cmd: [{ type: 'list_files', cmd: 'ls', path: null }], stdout: 'a.txt\n', stderr: '', exit_code: 0 },
    ...{
      aggregated_output: 'a.txt\n',
      formatted_output: 'a.txt\n',
      duration: { secs: 0, nanos: 1 },
      status: 'completed',
    },
  }),
  { type: 'response_item', payload: { type: 'function_call_output', call_id: 'call_1', output: 'a.txt\n' } },
  ...answered('There is one file.'),
  event('token_count', {
    info: {
      total_token_usage: {
        input_tokens: 10,
        cached_input_tokens: 2,
        output_tokens: 5,
        reasoning_output_tokens: 1,
        total_tokens: 15,
      },
      last_token_usage: {
        input_tokens: 10,
        cached_input_tokens: 2,
        output_tokens: 5,
        reasoning_output_tokens: 1,
        total_tokens: 15,
      },
      model_context_window: 258_400,
    },
    rate_limits: null,
  }),
  event('task_complete', { turn_id: TURNS[0], last_agent_message: 'There is one file.' }),
  event('task_started', { turn_id: TURNS[1], model_context_window: 258_400 }),
  ...said('and now'),
  ...answered('Nothing more.'),
  event('task_complete', { turn_id: TURNS[1], last_agent_message: 'Nothing more.' }),
]

export const EARLY_ROLLOUT = LINES.map(
  (line) => `${JSON.stringify({ timestamp: '2025-10-02T10:00:01.000Z', ...line })}\n`,
).join('')
