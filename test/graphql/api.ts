import { createRegistry, type Registry, type RegistryOptions } from '@toolyard/core'
import { createHandler, type GraphQLHandler } from '@toolyard/graphql'

export interface Answer {
  readonly status: number
  // What a test asked for decides what the answer holds; the test says so by what it expects.
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly data: any
  readonly errors: readonly { message: string; extensions?: { code?: string; path?: string[] } }[] | undefined
  readonly text: string
}

export interface Api extends AsyncDisposable {
  readonly registry: Registry
  readonly handler: GraphQLHandler
  readonly seen: unknown[]
  /** Variables as an object, or as the JSON text to send. */
  ask(query: string, variables?: object | string): Promise<Answer>
}

/** The API over a registry in memory, without a server: a Request in, a Response out. */
export async function startApi(options: RegistryOptions = {}): Promise<Api> {
  const registry = await createRegistry(options)
  const seen: unknown[] = []
  const handler = createHandler(registry, { onError: (error) => seen.push(error) })
  return {
    registry,
    handler,
    seen,
    async ask(query, variables) {
      const response = await handler(
        new Request('http://localhost/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body:
            typeof variables === 'string'
              ? `{"query":${JSON.stringify(query)},"variables":${variables}}`
              : JSON.stringify({ query, variables }),
        }),
      )
      const text = await response.text()
      const { data, errors } = JSON.parse(text)
      return { status: response.status, data, errors, text }
    },
    [Symbol.asyncDispose]: () => registry.close(),
  }
}
