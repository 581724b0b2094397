import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import type { Registry } from '@toolyard/core'
import { GraphQLError } from 'graphql'
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import { checkVariables } from './check-variables.ts'
import { type Context, createContext } from './context.ts'
import { maskError, type OnError } from './mask-error.ts'
import { schema } from './schema/schema.ts'
import { unquoteLiterals } from './unquote-literals.ts'

export interface HandlerOptions {
  /** Where the handler is mounted. @default '/graphql' */
  readonly path?: string
  /** Whether a browser gets GraphiQL; its page needs nothing from elsewhere. @default true */
  readonly graphiql?: boolean
  /** Hears of every error that a client is shown as `Internal error` with this id. @default ignores them */
  readonly onError?: OnError
}

/** Answers GraphQL requests: queries, mutations, and subscriptions as event streams. It holds nothing that must be closed. */
export interface GraphQLHandler {
  (request: Request): Promise<Response>
  /** What `useWebSocket` needs: the same schema, limits and masking. */
  readonly yoga: YogaServerInstance<object, Context>
}

/** As many tokens as a document may have: more is refused before parsing recurses into it. */
const maxTokens = 2_000

const firstQuery = `# Registered servers. Add one with createMcpServer; see the docs at the left.
query Servers {
  mcpServers(first: 20) {
    totalCount
    nodes {
      __typename
      ... on McpServerBase { id name status tools(first: 5) { totalCount nodes { name description } } }
    }
  }
}
`

/** Neither a variable nor a literal is ever quoted in an error, over any transport. */
const quoteNoValues: Plugin = {
  onValidate:
    () =>
    ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map((error) => (error instanceof GraphQLError ? unquoteLiterals(error) : error)))
    },
  onExecute({ args, setResultAndStopExecution }) {
    const errors = checkVariables(args.schema, args.document, args.operationName, args.variableValues ?? {})
    if (errors.length > 0) setResultAndStopExecution({ errors })
  },
  onSubscribe({ args, setResultAndStopExecution }) {
    const errors = checkVariables(args.schema, args.document, args.operationName, args.variableValues ?? {})
    if (errors.length > 0) setResultAndStopExecution({ errors })
  },
}

/** A fetch-style handler over `registry`: a `Request` in, a `Response` out. */
export function createHandler(registry: Registry, options: HandlerOptions = {}): GraphQLHandler {
  const { path = '/graphql', graphiql = true, onError = () => undefined } = options
  const yoga = createYoga<object, Context>({
    schema,
    context: () => createContext(registry),
    graphqlEndpoint: path,
    graphiql: graphiql && {
      title: 'toolyard',
      subscriptionsProtocol: 'WS',
      defaultQuery: firstQuery,
    },
    renderGraphiQL,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    logging: false,
    parserAndValidationCache: true,
    parserOptions: { maxTokens },
    maskedErrors: { maskError: (error) => maskError(error, onError) },
    plugins: [quoteNoValues],
  } as Parameters<typeof createYoga<object, Context>>[0])
  return Object.assign(async (request: Request) => yoga.fetch(request), { yoga })
}
