export { GraphQLClientError } from './answer.ts'
export { type ConnectionState, type FollowedEvent, type FollowOptions, followEvents } from './follow-events.ts'
export {
  createGraphQLClient,
  type GraphQLClient,
  type GraphQLClientOptions,
  type RequestOptions,
  type SubscribeOptions,
} from './graphql-client.ts'
export type { Operation, TypedDocument } from './operation.ts'
export { persistedOperations } from './persisted-operations.ts'
export { createWebSocketClient, type WebSocketClient, type WebSocketClientOptions } from './web-socket-client.ts'
