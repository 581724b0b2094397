export { GraphQLClientError } from './answer.ts'
export { graphql, type Operation } from './document.ts'
export { type ConnectionState, type FollowOptions, followEvents } from './follow-events.ts'
export {
  createGraphQLClient,
  type GraphQLClient,
  type GraphQLClientOptions,
  type RequestOptions,
  type SubscribeOptions,
} from './graphql-client.ts'
export { persistedOperations } from './persisted-operations.ts'
