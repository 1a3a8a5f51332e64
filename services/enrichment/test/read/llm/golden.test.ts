// One documented request per dialect, and the whole call it is read as.
import { describe, expect, it } from 'vitest'
import type { LlmCall } from '@bailiwick/core'
import { answer, ask } from './asking.ts'

interface Golden {
  readonly what: string
  readonly path: string
  readonly body: unknown
  readonly call: Omit<LlmCall, 'kind'>
}

const messages = [{ role: 'user', content: 'What is the weather in Paris?' }]
const parameters = { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] }
const VERTEX = '/v1/projects/p-1/locations/europe-west1/publishers'

const GOLDEN: readonly Golden[] = [
  {
    what: 'OpenAI chat completions',
    path: '/v1/chat/completions',
    body: {
      model: 'gpt-4.1',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'hi' },
            { type: 'image_url', image_url: { url: 'https://x.example/y.png' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"location":"Paris"}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '18' },
      ],
      tools: [
        { type: 'function', function: { name: 'get_weather', description: 'Weather', parameters, strict: true } },
        { type: 'custom', custom: { name: 'run_sql', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } } } },
      ],
      functions: [{ name: 'old_style', parameters }],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
      web_search_options: { search_context_size: 'low' },
      temperature: 0.2,
      max_completion_tokens: 100,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: parameters } },
      stream: true,
      stream_options: { include_usage: true },
      metadata: { ticket: 'T-1' },
      store: false,
      user: 'u1',
    },
    call: {
      dialect: 'openai_chat',
      operation: 'completion',
      model: 'gpt-4.1',
      tools: ['get_weather', 'run_sql', 'old_style', 'builtin:web_search'],
      stream: true,
    },
  },
  {
    what: 'Azure chat completions',
    path: '/openai/deployments/gpt-4o-prod/chat/completions?api-version=2024-10-21',
    body: { messages, model: 'gpt-4o-prod', tools: [{ type: 'function', function: { name: 'get_weather', parameters } }] },
    call: { dialect: 'openai_chat', operation: 'completion', model: 'gpt-4o-prod', tools: ['get_weather'], stream: false },
  },
  {
    what: 'OpenAI responses',
    path: '/v1/responses',
    body: {
      model: 'gpt-5.2',
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: 'hi' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'again' }] },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
        { type: 'function_call', call_id: 'c1', name: 'get_weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: '18' },
        { type: 'mcp_list_tools', id: 'm1', server_label: 'docs', tools: [{ name: 'search', input_schema: {} }] },
        { type: 'tool_search_output', tools: [{ type: 'function', name: 'found_later', parameters: null, strict: true }] },
        { type: 'additional_tools', role: 'developer', tools: [{ type: 'custom', name: 'added_later' }] },
      ],
      tools: [
        { type: 'function', name: 'get_weather', parameters, strict: true },
        { type: 'custom', name: 'run_sql' },
        { type: 'web_search' },
        { type: 'file_search', vector_store_ids: ['vs_1'] },
        { type: 'code_interpreter', container: { type: 'auto' } },
        { type: 'image_generation', quality: 'low' },
        { type: 'namespace', name: 'crm', description: 'CRM', tools: [{ type: 'function', name: 'find', parameters }] },
        { type: 'mcp', server_label: 'docs', server_url: 'https://mcp.example.com/sse', require_approval: 'never' },
        { type: 'mcp', server_label: 'git', server_url: 'https://git.example.com/mcp', allowed_tools: ['read', 'list'] },
        { type: 'mcp', server_label: 'mail', connector_id: 'connector_gmail', authorization: 'x', allowed_tools: { tool_names: ['search'], read_only: true } },
        { type: 'mcp', server_label: 'in', tunnel_id: 'tun_1', allowed_tools: { read_only: true } },
      ],
      reasoning: { effort: 'low' },
      text: { format: { type: 'text' } },
      include: ['reasoning.encrypted_content'],
      previous_response_id: null,
      conversation: null,
      prompt: null,
      store: false,
      stream: true,
    },
    call: {
      dialect: 'openai_responses',
      operation: 'completion',
      model: 'gpt-5.2',
      tools: [
        'get_weather',
        'run_sql',
        'builtin:web_search',
        'builtin:file_search',
        'builtin:code_interpreter',
        'builtin:image_generation',
        'namespace:crm/find',
        'mcp:https://mcp.example.com/sse',
        'mcp:https://git.example.com/mcp#read',
        'mcp:https://git.example.com/mcp#list',
        'mcp:connector_gmail#search',
        'mcp:tunnel/tun_1',
        'found_later',
        'added_later',
      ],
      stream: true,
    },
  },
  {
    what: 'OpenAI compaction',
    path: '/v1/responses/compact',
    body: { model: 'gpt-5.2', input: [{ role: 'user', content: 'hi' }], previous_response_id: null },
    call: { dialect: 'openai_responses', operation: 'completion', model: 'gpt-5.2', tools: [], stream: false },
  },
  {
    what: 'OpenAI completions',
    path: '/v1/completions',
    body: { model: 'gpt-3.5-turbo-instruct', prompt: 'Say', max_tokens: 7, stream: true, stop: null },
    call: { dialect: 'openai_completions', operation: 'completion', model: 'gpt-3.5-turbo-instruct', tools: [], stream: true },
  },
  {
    what: 'OpenAI embeddings',
    path: '/v1/embeddings',
    body: { model: 'text-embedding-3-small', input: ['a', 'b'], encoding_format: 'float', dimensions: 256 },
    call: { dialect: 'openai_embeddings', operation: 'embedding', model: 'text-embedding-3-small', tools: [], stream: false },
  },
  {
    what: 'Azure embeddings',
    path: '/openai/deployments/embed/embeddings?api-version=2024-10-21',
    body: { input: 'a' },
    call: { dialect: 'openai_embeddings', operation: 'embedding', model: 'embed', tools: [], stream: false },
  },
  {
    what: 'OpenAI moderations',
    path: '/v1/moderations',
    body: { model: 'omni-moderation-latest', input: [{ type: 'text', text: 'x' }] },
    call: { dialect: 'openai_moderations', operation: 'moderation', model: 'omni-moderation-latest', tools: [], stream: false },
  },
  {
    what: 'OpenAI image generation',
    path: '/v1/images/generations',
    body: { model: 'gpt-image-1', prompt: 'An otter', n: 1, size: '1024x1024', moderation: 'low', stream: true, partial_images: 2 },
    call: { dialect: 'openai_images', operation: 'image', model: 'gpt-image-1', tools: [], stream: true },
  },
  {
    what: 'OpenAI speech',
    path: '/v1/audio/speech',
    body: { model: 'gpt-4o-mini-tts', input: 'The quick brown fox', voice: 'alloy', stream_format: 'sse', speed: 1.5 },
    call: { dialect: 'openai_speech', operation: 'speech', model: 'gpt-4o-mini-tts', tools: [], stream: true },
  },
  {
    what: 'rerank',
    path: '/v2/rerank',
    body: { model: 'rerank-v3.5', query: 'capital?', documents: ['a', 'b'], top_n: 1, max_tokens_per_doc: 100 },
    call: { dialect: 'rerank', operation: 'rerank', model: 'rerank-v3.5', tools: [], stream: false },
  },
  {
    what: 'Anthropic messages',
    path: '/v1/messages?beta=true',
    body: {
      model: 'claude-sonnet-4-5-20250929',
      max_tokens: 1024,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'hi' }] },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '18' }] },
      ],
      tools: [
        { name: 'get_weather', description: 'Weather', input_schema: parameters },
        { type: 'custom', name: 'get_time', input_schema: parameters, defer_loading: true },
        { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
        { type: 'bash_20250124', name: 'bash' },
        { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
        { type: 'tool_search_tool_regex', name: 'tool_search_tool_regex' },
        {
          type: 'mcp_toolset',
          mcp_server_name: 'git',
          default_config: { enabled: false },
          configs: { read: { enabled: true }, list: {}, push: { enabled: false } },
        },
        { type: 'mcp_toolset', mcp_server_name: 'all', configs: { push: { enabled: false } } },
      ],
      mcp_servers: [
        { type: 'url', url: 'https://git.example.com/mcp', name: 'git', authorization_token: 'x' },
        { type: 'url', url: 'https://all.example.com/mcp', name: 'all' },
        { type: 'url', url: 'https://old.example.com/sse', name: 'old', tool_configuration: { enabled: true, allowed_tools: ['find'] } },
        { type: 'url', url: 'https://bare.example.com', name: 'bare', tool_configuration: null },
      ],
      container: { id: null, skills: [{ type: 'anthropic', skill_id: 'pptx', version: 'latest' }] },
      tool_choice: { type: 'auto' },
      thinking: { type: 'enabled', budget_tokens: 2000 },
      context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
      metadata: { user_id: 'u1' },
      stream: true,
    },
    call: {
      dialect: 'anthropic_messages',
      operation: 'completion',
      model: 'claude-sonnet-4-5-20250929',
      tools: [
        'get_weather',
        'get_time',
        'builtin:web_search_20250305',
        'builtin:bash_20250124',
        'builtin:text_editor_20250728',
        'builtin:tool_search_tool_regex',
        'mcp:https://git.example.com/mcp#read',
        'mcp:https://git.example.com/mcp#list',
        'mcp:https://all.example.com/mcp',
        'mcp:https://old.example.com/sse#find',
        'mcp:https://bare.example.com',
        'skill:anthropic/pptx',
      ],
      stream: true,
    },
  },
  {
    what: 'Anthropic token counting',
    path: '/v1/messages/count_tokens',
    body: { model: 'claude-haiku-4-5', messages, tools: [{ name: 'get_weather', input_schema: parameters }] },
    call: { dialect: 'anthropic_count_tokens', operation: 'completion', model: 'claude-haiku-4-5', tools: ['get_weather'], stream: false },
  },
  {
    what: 'Anthropic message batches',
    path: '/v1/messages/batches',
    body: {
      requests: [
        { custom_id: 'a', params: { model: 'claude-haiku-4-5', max_tokens: 10, messages, tools: [{ name: 'one', input_schema: {} }] } },
        {
          custom_id: 'b',
          params: {
            model: 'claude-haiku-4-5',
            max_tokens: 10,
            messages,
            tools: [
              { name: 'two', input_schema: {} },
              { name: 'one', input_schema: {} },
            ],
          },
        },
      ],
    },
    call: { dialect: 'anthropic_batches', operation: 'completion', model: 'claude-haiku-4-5', tools: ['one', 'two'], stream: false },
  },
  {
    what: 'Gemini generateContent',
    path: '/v1beta/models/gemini-2.5-flash:generateContent?key=k',
    body: {
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: [
        { functionDeclarations: [{ name: 'get_weather', parameters }, { name: 'get_time' }] },
        { googleSearch: {} },
        { codeExecution: {}, urlContext: {} },
        { mcpServers: [{ name: 'docs', streamableHttpTransport: { url: 'https://mcp.example.com/mcp', headers: {} } }] },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['get_weather'] } },
      generationConfig: { temperature: 0.5, responseMimeType: 'application/json' },
      safetySettings: [],
    },
    call: {
      dialect: 'gemini_generate',
      operation: 'completion',
      model: 'gemini-2.5-flash',
      tools: ['get_weather', 'get_time', 'builtin:googleSearch', 'builtin:codeExecution', 'builtin:urlContext', 'mcp:https://mcp.example.com/mcp'],
      stream: false,
    },
  },
  {
    what: 'Gemini streamGenerateContent in snake_case',
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    body: {
      model: 'models/gemini-2.5-flash',
      contents: [{ parts: [{ text: 'hi' }] }],
      system_instruction: { parts: [] },
      tools: [
        { function_declarations: [{ name: 'get_weather' }] },
        { google_search: {} },
        { mcp_servers: [{ streamable_http_transport: { url: 'https://m.example.com' } }] },
      ],
      generation_config: { top_p: 0.5 },
      cached_content: null,
    },
    call: {
      dialect: 'gemini_generate',
      operation: 'completion',
      model: 'gemini-2.5-flash',
      tools: ['get_weather', 'builtin:googleSearch', 'mcp:https://m.example.com'],
      stream: true,
    },
  },
  {
    what: 'Gemini tuned models',
    path: '/v1beta/tunedModels/mine-1:generateContent',
    body: { contents: [] },
    call: { dialect: 'gemini_generate', operation: 'completion', model: 'tunedModels/mine-1', tools: [], stream: false },
  },
  {
    what: 'Gemini countTokens',
    path: '/v1beta/models/gemini-2.5-flash:countTokens',
    body: { generateContentRequest: { model: 'models/gemini-2.5-flash', contents: [], tools: [{ functionDeclarations: [{ name: 'get_weather' }] }] } },
    call: { dialect: 'gemini_count_tokens', operation: 'completion', model: 'gemini-2.5-flash', tools: ['get_weather'], stream: false },
  },
  {
    what: 'Vertex generateContent',
    path: `${VERTEX}/google/models/gemini-2.5-pro:generateContent`,
    body: { contents: [], tools: [{ retrieval: { vertexRagStore: {} } }], labels: { a: 'b' } },
    call: { dialect: 'gemini_generate', operation: 'completion', model: 'gemini-2.5-pro', tools: ['builtin:retrieval'], stream: false },
  },
  {
    what: 'Anthropic on Vertex',
    path: `${VERTEX}/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict`,
    body: { anthropic_version: 'vertex-2023-10-16', max_tokens: 10, messages, tools: [{ name: 'get_weather', input_schema: {} }], stream: true },
    call: { dialect: 'vertex_raw', operation: 'completion', model: 'claude-sonnet-4-5@20250929', tools: ['get_weather'], stream: true },
  },
  {
    what: 'Anthropic token counting on Vertex, where the model is in the body',
    path: `${VERTEX}/anthropic/models/count-tokens:rawPredict`,
    body: { anthropic_version: 'vertex-2023-10-16', model: 'claude-sonnet-4-5', messages },
    call: { dialect: 'vertex_raw', operation: 'completion', model: 'claude-sonnet-4-5', tools: [], stream: false },
  },
  {
    what: 'AI21 on Vertex, which repeats the model without its version',
    path: `${VERTEX}/ai21/models/jamba-1.5-large@001:rawPredict`,
    body: { model: 'jamba-1.5-large', messages, tools: [{ type: 'function', function: { name: 'get_weather' } }] },
    call: { dialect: 'vertex_raw', operation: 'completion', model: 'jamba-1.5-large@001', tools: ['get_weather'], stream: false },
  },
  {
    what: 'Bedrock converse',
    path: '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
    body: {
      messages: [{ role: 'user', content: [{ text: 'hi' }] }],
      system: [{ text: 'Be brief.' }],
      inferenceConfig: { maxTokens: 100 },
      toolConfig: {
        tools: [
          { toolSpec: { name: 'get_weather', inputSchema: { json: parameters } } },
          { cachePoint: { type: 'default' } },
          { systemTool: { name: 'nova_grounding' } },
        ],
        toolChoice: { auto: {} },
      },
      additionalModelRequestFields: { top_k: 200, thinking: { type: 'enabled', budget_tokens: 1024 } },
    },
    call: {
      dialect: 'bedrock_converse',
      operation: 'completion',
      model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      tools: ['get_weather', 'builtin:nova_grounding'],
      stream: false,
    },
  },
  {
    what: 'Bedrock converse-stream by ARN',
    path: '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fabc123/converse-stream',
    body: { messages: [] },
    call: {
      dialect: 'bedrock_converse',
      operation: 'completion',
      model: 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123',
      tools: [],
      stream: true,
    },
  },
  {
    what: 'Anthropic on Bedrock',
    path: '/model/us.anthropic.claude-3-5-sonnet-20241022-v2:0/invoke-with-response-stream',
    body: {
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: ['x'],
      max_tokens: 10,
      messages,
      tools: [{ type: 'computer_20241022', name: 'computer', display_width_px: 1 }],
    },
    call: {
      dialect: 'bedrock_invoke',
      operation: 'completion',
      model: 'us.anthropic.claude-3-5-sonnet-20241022-v2:0',
      tools: ['builtin:computer_20241022'],
      stream: true,
    },
  },
  {
    what: 'Nova on Bedrock',
    path: '/model/amazon.nova-lite-v1:0/invoke',
    body: { schemaVersion: 'messages-v1', messages: [], toolConfig: { tools: [{ toolSpec: { name: 'get_weather' } }] }, inferenceConfig: {} },
    call: { dialect: 'bedrock_invoke', operation: 'completion', model: 'amazon.nova-lite-v1:0', tools: ['get_weather'], stream: false },
  },
  {
    what: 'Titan text on Bedrock',
    path: '/model/amazon.titan-text-premier-v1:0/invoke',
    body: { inputText: 'hi', textGenerationConfig: { maxTokenCount: 5 } },
    call: { dialect: 'bedrock_invoke', operation: 'completion', model: 'amazon.titan-text-premier-v1:0', tools: [], stream: false },
  },
  {
    what: 'Titan embeddings on Bedrock',
    path: '/model/amazon.titan-embed-text-v2:0/invoke',
    body: { inputText: 'hi', dimensions: 256, normalize: true },
    call: { dialect: 'bedrock_invoke', operation: 'embedding', model: 'amazon.titan-embed-text-v2:0', tools: [], stream: false },
  },
  {
    what: 'Nova Canvas on Bedrock',
    path: '/model/amazon.nova-canvas-v1:0/invoke',
    body: { taskType: 'TEXT_IMAGE', textToImageParams: { text: 'otter' }, imageGenerationConfig: { numberOfImages: 1 } },
    call: { dialect: 'bedrock_invoke', operation: 'image', model: 'amazon.nova-canvas-v1:0', tools: [], stream: false },
  },
  {
    what: 'Stability on Bedrock',
    path: '/model/stability.stable-image-core-v1:1/invoke',
    body: { prompt: 'otter', aspect_ratio: '1:1', seed: 0 },
    call: { dialect: 'bedrock_invoke', operation: 'image', model: 'stability.stable-image-core-v1:1', tools: [], stream: false },
  },
  {
    what: 'Llama on Bedrock',
    path: '/model/us.meta.llama3-1-8b-instruct-v1:0/invoke',
    body: { prompt: '<|begin_of_text|>', max_gen_len: 10, temperature: 0.5 },
    call: { dialect: 'bedrock_invoke', operation: 'completion', model: 'us.meta.llama3-1-8b-instruct-v1:0', tools: [], stream: false },
  },
  {
    what: 'Cohere Command on Bedrock',
    path: '/model/cohere.command-r-plus-v1:0/invoke',
    body: { message: 'hi', chat_history: [], tools: [{ name: 'get_weather', description: 'Weather', parameter_definitions: {} }] },
    call: { dialect: 'bedrock_invoke', operation: 'completion', model: 'cohere.command-r-plus-v1:0', tools: ['get_weather'], stream: false },
  },
  {
    what: 'Cohere embeddings on Bedrock',
    path: '/model/cohere.embed-multilingual-v3/invoke',
    body: { texts: ['a'], input_type: 'search_document' },
    call: { dialect: 'bedrock_invoke', operation: 'embedding', model: 'cohere.embed-multilingual-v3', tools: [], stream: false },
  },
  {
    what: 'rerank on Bedrock',
    path: '/model/amazon.rerank-v1:0/invoke',
    body: { query: 'q', documents: ['a'], top_n: 1 },
    call: { dialect: 'bedrock_invoke', operation: 'rerank', model: 'amazon.rerank-v1:0', tools: [], stream: false },
  },
  {
    what: 'Mistral on Bedrock',
    path: '/model/mistral.mistral-large-2407-v1:0/invoke',
    body: { messages, tools: [{ type: 'function', function: { name: 'get_weather', parameters } }], tool_choice: 'auto' },
    call: { dialect: 'bedrock_invoke', operation: 'completion', model: 'mistral.mistral-large-2407-v1:0', tools: ['get_weather'], stream: false },
  },
  {
    what: 'a foundation model ARN on Bedrock',
    path: '/model/arn:aws:bedrock:us-east-1::foundation-model%2Fmeta.llama3-70b-instruct-v1:0/invoke',
    body: { prompt: 'hi' },
    call: {
      dialect: 'bedrock_invoke',
      operation: 'completion',
      model: 'arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-70b-instruct-v1:0',
      tools: [],
      stream: false,
    },
  },
  {
    what: 'Cohere chat',
    path: '/v2/chat',
    body: {
      model: 'command-a-03-2025',
      messages,
      tools: [{ type: 'function', function: { name: 'get_weather', parameters } }],
      strict_tools: true,
      safety_mode: 'STRICT',
      stream: false,
    },
    call: { dialect: 'cohere_chat', operation: 'completion', model: 'command-a-03-2025', tools: ['get_weather'], stream: false },
  },
  {
    what: 'Ollama chat, which streams unless told not to',
    path: '/api/chat',
    body: {
      model: 'llama3.2:1b',
      messages,
      tools: [{ function: { name: 'get_weather', parameters } }],
      options: { num_ctx: 1 },
      keep_alive: '5m',
      think: 'low',
      format: 'json',
    },
    call: { dialect: 'ollama_chat', operation: 'completion', model: 'llama3.2:1b', tools: ['get_weather'], stream: true },
  },
]

describe('documented requests', () => {
  it.each(GOLDEN)('reads $what', ({ path, body, call }) => expect(answer(path, body)).toEqual({ kind: 'llm', ...call }))

  it.each(GOLDEN)('reads $what behind a prefix of the gateway', ({ path, body, call }) =>
    expect(answer(`/llm/team-a${path}`, body)).toEqual({ kind: 'llm', ...call }),
  )

  it.each(GOLDEN)('refuses $what once a member is not known', ({ path, body }) => {
    for (const value of ['x', [], {}])
      expect(answer(path, { ...Object(body), next_years_field: value })).toMatchObject({ reason: 'body_unreadable', detail: 'member_unknown' })
    // What can name nothing may stand.
    for (const value of [1, true, null]) expect(answer(path, { ...Object(body), next_years_field: value })).toMatchObject({ kind: 'llm' })
  })

  it.each(GOLDEN)('refuses $what once a second model stands beside it', ({ path, body }) => {
    for (const key of ['fallbacks', 'models', 'route', 'api_base', 'extra_body', 'provider', 'engine', 'tags'])
      expect(answer(path, { ...Object(body), [key]: ['x'] })).toMatchObject({ reason: 'body_unreadable', detail: 'second_model' })
  })

  it.each(GOLDEN)('refuses $what once stored state stands behind it', ({ path, body }) => {
    for (const previous_response_id of ['resp_1', '', false, 0, {}]) {
      expect(answer(path, { ...Object(body), previous_response_id })).toMatchObject({ reason: 'body_unreadable', detail: 'hidden_state' })
    }
    expect(answer(path, { ...Object(body), previous_response_id: null })).toMatchObject({ kind: 'llm' })
  })

  it.each(GOLDEN)('refuses $what once a switch turns on a search', ({ path, body }) => {
    expect(answer(path, { ...Object(body), enable_search: true })).toMatchObject({ detail: 'tool_switch' })
    expect(answer(path, { ...Object(body), Enable_Search: true })).toMatchObject({ reason: 'body_unreadable', problem: 'syntax' })
    expect(answer(path, { ...Object(body), enable_search: false })).toMatchObject({ kind: 'llm' })
  })

  it.each(GOLDEN)('refuses $what once a key folds onto one that is read', ({ path, body }) => {
    for (const key of ['Model', 'mo_del', 'MODEL', 'ſession_id', 'Fallbacks'])
      expect(answer(path, { ...Object(body), [key]: 1 })).toMatchObject({ reason: 'body_unreadable', problem: 'syntax' })
  })

  it.each(GOLDEN)('refuses $what once the query overrides it', ({ path, body }) => {
    const joined = path.includes('?') ? '&' : '?'
    for (const query of ['model=x', 'Model=x', 'model%5B%5D=x', 'fallbacks=x', 'previous_response_id=x'])
      expect(answer(`${path}${joined}${query}`, body)).toMatchObject({ reason: 'body_unreadable', detail: 'query' })
  })

  it.each(GOLDEN)('refuses $what once a header routes it', ({ path, body }) => {
    for (const header of ['x-portkey-config', 'X-LiteLLM-Tags', 'x_litellm_model', 'x-pass-anything', 'azureml-model-deployment', 'cf-aig-step'])
      expect(
        answer(path, body, {
          headers: [
            ['content-type', 'application/json'],
            [header, 'x'],
          ],
        }),
      ).toMatchObject({ reason: 'body_unreadable', detail: 'routing_header' })
  })

  it.each(GOLDEN)('tells the renderer that it was $what when the body could not be read', ({ path, call }) => {
    for (const raw of ['{', 'partial', 'absent'] as const) {
      expect(ask(path, undefined, { raw })).toMatchObject({
        ok: false,
        denial: { reason: 'body_unreadable' },
        unread: { resourceKind: 'llm', dialect: call.dialect },
      })
    }
    expect(ask(path, undefined, { method: 'GET', raw: 'absent' })).toMatchObject({ denial: { reason: 'method_unknown' }, unread: { dialect: call.dialect } })
  })
})
