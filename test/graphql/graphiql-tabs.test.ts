import { readFileSync } from 'node:fs'
import { createRegistry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { buildSchema, parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { firstTabs } from '../../packages/graphql/src/http/graphiql-tabs.ts'

const schema = buildSchema(readFileSync(new URL('../../packages/graphql/schema.graphql', import.meta.url), 'utf8'))

it('GraphiQL opens with operations that the schema accepts, to list, add, watch and run', async () => {
  const names = firstTabs.map(({ query }) => {
    const document = parse(query)
    expect(validate(schema, document)).toEqual([])
    const [operation] = document.definitions
    return operation?.kind === 'OperationDefinition' ? operation.name?.value : undefined
  })
  expect(names).toEqual(['Servers', 'Add', 'Watch', 'Run'])

  await using registry = await createRegistry()
  const answer = async ({ query, variables = '{}' }: (typeof firstTabs)[number]) => {
    const body = JSON.stringify({ query, variables: JSON.parse(variables) })
    const headers = { 'content-type': 'application/json' }
    const response = await createHandler(registry)(
      new Request('http://localhost/graphql', { method: 'POST', headers, body }),
    )
    return response.json()
  }
  const [, , , run] = firstTabs
  // Without the server of the tab before, the run is refused as data: the variables have the right shape.
  expect(run && (await answer(run))).toMatchObject({ data: { runMcpTool: { code: 'NOT_FOUND' } } })
})

it('the page of GraphiQL has the tabs', async () => {
  await using registry = await createRegistry()
  const response = await createHandler(registry)(
    new Request('http://localhost/graphql', { headers: { accept: 'text/html' } }),
  )
  expect(await response.text()).toContain('mutation Add(')
})
