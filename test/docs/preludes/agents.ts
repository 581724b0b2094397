import { once } from 'node:events'
import { createServer } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { createRegistry } from '@toolyard/core'
import { MockLanguageModelV4 } from 'ai/test'

const registry = await createRegistry()
const server = await registry.servers.create({
  name: 'everything',
  config: { transport: 'stdio', command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] },
  refresh: false,
})
await (await registry.servers.refresh(server.id)).result()

// Stands in for the models: asks for the sum, and gives the answer once a request has it.
const call = { name: 'everything__get-sum', args: { a: 2, b: 40 } }
const json = JSON.stringify(call.args)
const said = 'It is 42.'
let refused: string | undefined

function turnOf(path: string, knows: boolean): object {
  if (path.endsWith('/responses')) {
    const calls = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: call.name, arguments: json }
    const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: said }] }
    return { id: 'resp_1', object: 'response', output: [knows ? message : calls] }
  }
  if (path.endsWith('/messages')) {
    const calls = { type: 'tool_use', id: 'toolu_1', name: call.name, input: call.args }
    return { id: 'msg_1', type: 'message', role: 'assistant', content: [knows ? { type: 'text', text: said } : calls] }
  }
  const calls = { functionCall: { name: call.name, args: call.args } }
  return { candidates: [{ content: { role: 'model', parts: [knows ? { text: said } : calls] } }] }
}

const models = createServer(async (request, response) => {
  const body = await readText(request)
  if (!body.includes(call.name)) refused = `The request has no tool ${call.name}: ${body.slice(0, 200)}`
  const path = (request.url ?? '').replace(/\?.*/, '')
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(turnOf(path, body.includes('is 42'))))
}).listen(4000, '127.0.0.1')
await once(models, 'listening')
process.env.OPENAI_BASE_URL = 'http://127.0.0.1:4000/v1'
process.env.ANTHROPIC_BASE_URL = 'http://127.0.0.1:4000'
process.env.GOOGLE_GEMINI_BASE_URL = 'http://127.0.0.1:4000'
process.env.OPENAI_API_KEY = process.env.ANTHROPIC_API_KEY = process.env.GEMINI_API_KEY = 'none'

const model = new MockLanguageModelV4({
  async doGenerate({ prompt }) {
    const usage = {
      inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 0, text: 0, reasoning: 0 },
    }
    if (JSON.stringify(prompt).includes('is 42')) {
      const finishReason = { unified: 'stop', raw: undefined } as const
      return { content: [{ type: 'text', text: said }], finishReason, usage, warnings: [] }
    }
    const finishReason = { unified: 'tool-calls', raw: undefined } as const
    const calls = { type: 'tool-call', toolCallId: 'call_1', toolName: call.name, input: json } as const
    return { content: [calls], finishReason, usage, warnings: [] }
  },
})
