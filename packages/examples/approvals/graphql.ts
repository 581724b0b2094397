import type { Registry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { createGraphQLClient, followEvents, type GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf, VariablesOf } from 'gql.tada'

const run = graphql(`
  mutation Run($input: RunMcpToolInput!) {
    runMcpTool(input: $input) {
      ... on RunMcpToolPayload { run { id status } }
      ... on UserError { code message }
    }
  }
`)
const events = graphql(`
  subscription Events($runId: ID!, $after: Cursor) {
    toolRunEvents(runId: $runId, after: $after) {
      __typename
      ... on JobEvent { cursor }
      ... on ToolRunApprovalRequested { run { id toolName args } }
      ... on ToolRunInputRequested { requests { ... on ElicitationFormRequest { key message requestedSchema } } run { id toolName } }
      ... on ToolRunFinished { run { toolName status error { message } result { funcReturn } } }
    }
  }
`)
const decide = graphql(`
  mutation Decide($input: DecideToolRunInput!) {
    decideToolRun(input: $input) {
      ... on JobActionPayload { job { status } }
      ... on UserError { code message }
    }
  }
`)
const answer = graphql(`
  mutation Answer($input: AnswerToolRunInputInput!) {
    answerToolRunInput(input: $input) {
      ... on JobActionPayload { job { status } }
      ... on ToolArgsError { issues { pointer message } }
      ... on UserError { code message }
    }
  }
`)

type Event = ResultOf<typeof events>['toolRunEvents']

/** Errors of a mutation are data. */
function assertDone(result: object | null): void {
  if (!result || 'message' in result) throw new Error(String(result?.message ?? 'expected an answer'))
}

/** Decides or answers what a run waits for. A real program shows it to a person. */
async function attend(client: GraphQLClient, event: Event): Promise<void> {
  if (event.__typename === 'ToolRunApprovalRequested') {
    const { id: runId, toolName, args } = event.run
    console.log(`GraphQL: ${toolName} ${JSON.stringify(args)} needs an approval, and is rejected`)
    const input = { runId, decision: 'REJECTED', reason: 'not on a Friday' } as const
    assertDone((await client.request(decide, { input })).decideToolRun)
  }
  if (event.__typename === 'ToolRunInputRequested') {
    const { id: runId, toolName } = event.run
    const responses = event.requests.map((request) => {
      if (!('key' in request)) throw new Error(`expected ${toolName} to ask by a form`)
      console.log(`GraphQL: ${toolName} asks: ${request.message}`)
      return { key: request.key, action: 'ACCEPT' as const, content: { branch: 'next', notify: false } }
    })
    assertDone((await client.request(answer, { input: { runId, responses } })).answerToolRunInput)
  }
}

/** Follows a run through all its waits. */
async function follow(client: GraphQLClient, input: VariablesOf<typeof run>['input']): Promise<void> {
  const { runMcpTool: started } = await client.request(run, { input })
  if (!started || 'message' in started) throw new Error(started?.message ?? 'expected a run')
  const followed = followEvents(
    client,
    events,
    { runId: started.run.id },
    { signal: AbortSignal.timeout(60_000), isLast: ({ __typename }) => __typename === 'ToolRunFinished' },
  )
  for await (const event of followed) {
    await attend(client, event)
    if (event.__typename !== 'ToolRunFinished') continue
    const { toolName, status, error, result } = event.run
    console.log(`GraphQL: ${toolName} ${status}: ${error?.message ?? result?.funcReturn}`)
  }
}

/** The API in this process. With its address in place of `fetch`, the client asks a server. */
export async function overGraphQL(registry: Registry, server: string): Promise<void> {
  const client = createGraphQLClient({ url: 'http://localhost/graphql', fetch: createHandler(registry) })
  await follow(client, { tool: { qualified: { server, tool: 'delete_branch' } }, args: { name: 'main' } })
  await follow(client, { tool: { qualified: { server, tool: 'release' } } })
}
