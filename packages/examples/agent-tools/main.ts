// An agent of the AI SDK uses the registry's tools: one call runs at once, one waits for an approval, one is
// aborted. The model is scripted, so that it runs offline; put a provider's model in its place.
import { fileURLToPath } from 'node:url'
import { createRegistry, functionDefinition } from '@toolyard/core'
import { toolSet } from '@toolyard/core/ai-sdk'
import { generateText, isStepCount, type ModelMessage, type ToolApprovalResponse } from 'ai'
import { scriptedModel } from './scripted-model.ts'

const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'))

await using registry = await createRegistry()
const server = await registry.servers.create({
  name: 'everything',
  config: { transport: 'stdio', command: process.execPath, args: [everything] },
})
await (await registry.servers.refresh(server.id)).result()

const tools = await toolSet(registry, {
  filter: { serverId: [server.id] },
  // The default requires approval for destructive tools; this requires it for every tool that may change something.
  needsApproval: ({ tool }) => tool.annotations.readOnlyHint !== true,
})
console.log(`${Object.keys(tools).length} tools, such as ${Object.keys(tools)[0]}`)

const model = scriptedModel([
  { calls: [{ tool: 'everything__get-sum', input: { a: 2, b: 40 } }] },
  { calls: [{ tool: 'everything__toggle-simulated-logging', input: {} }] },
  { text: 'The sum is 42, and the log is on.' },
])
const messages: ModelMessage[] = [{ role: 'user', content: 'Add 2 and 40, then turn the simulated log on.' }]
const stopWhen = isStepCount(5)

// Runs until the model makes a call that needs approval.
const asked = await generateText({ model, tools, messages, stopWhen })
messages.push(...asked.responseMessages)
for (const { toolName, output } of asked.steps.flatMap(({ toolResults }) => toolResults)) {
  console.log(`${toolName} answered`, output)
}
const approvals = asked.content.flatMap((part): ToolApprovalResponse[] => {
  if (part.type !== 'tool-approval-request') return []
  console.log(`${part.toolCall.toolName} needs approval, and gets it`)
  return [{ type: 'tool-approval-response', approvalId: part.approvalId, approved: true }]
})
messages.push({ role: 'tool', content: approvals })

const answered = await generateText({ model, tools, messages, stopWhen })
console.log(`model: ${answered.text}`)

// The signal cancels the run, which notifies the server.
const abort = new AbortController()
const longTask = generateText({
  model: scriptedModel([{ calls: [{ tool: 'everything__trigger-long-running-operation', input: { duration: 60 } }] }]),
  // A new conversation needs a new set: within a conversation, each call runs once.
  tools: await toolSet(registry),
  prompt: 'Take your time.',
  stopWhen,
  abortSignal: abort.signal,
  onToolExecutionStart() {
    setTimeout(() => abort.abort(), 500)
  },
})
const outcome = await longTask.then(
  () => 'went on',
  (error: unknown) => (error instanceof Error ? error.name : String(error)),
)
console.log(`the long task: ${outcome}`)

const { edges } = await registry.runs.list()
const runs = await Promise.all(edges.toReversed().map(({ node }) => registry.runs.wait(node.id)))
for (const { toolName, status } of runs) console.log(`run of ${toolName}: ${status}`)
if (runs.map(({ status }) => status).join() !== 'SUCCEEDED,SUCCEEDED,CANCELED') process.exitCode = 1

// Definitions for a model API that is called without the AI SDK.
const sum = await registry.tools.get({ server: 'everything', tool: 'get-sum' })
if (sum) {
  for (const api of ['OPENAI', 'ANTHROPIC', 'GEMINI'] as const) {
    console.log(`${api}: ${JSON.stringify(functionDefinition(sum, api), null, 2)}`)
  }
}
