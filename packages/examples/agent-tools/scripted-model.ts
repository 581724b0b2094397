import { MockLanguageModelV4 } from 'ai/test'

type Result = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>

const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
}

/** One turn of the model: tool calls, or a final text. */
export type Turn = { readonly text: string } | { readonly calls: readonly { tool: string; input: object }[] }

/** Stands in for a model: replays its script turn by turn, whatever the tools answer. */
export function scriptedModel(turns: readonly Turn[]): MockLanguageModelV4 {
  let calls = 0
  const script = turns.values()
  return new MockLanguageModelV4({
    async doGenerate({ abortSignal }): Promise<Result> {
      abortSignal?.throwIfAborted()
      const turn = script.next().value ?? { text: 'The script has ended.' }
      if ('text' in turn) {
        const finishReason = { unified: 'stop', raw: undefined } as const
        return { content: [{ type: 'text', text: turn.text }], finishReason, usage, warnings: [] }
      }
      const content = turn.calls.map(({ tool, input }) => {
        calls += 1
        const toolCallId = `call-${calls}`
        return { type: 'tool-call', toolCallId, toolName: tool, input: JSON.stringify(input) } as const
      })
      return { content, finishReason: { unified: 'tool-calls', raw: undefined }, usage, warnings: [] }
    },
  })
}
