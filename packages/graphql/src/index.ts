export { createHandler, type GraphQLHandler, type HandlerOptions } from './handler.ts'
export type { OnError } from './mask-error.ts'
export { schema } from './schema/schema.ts'
export { useWebSocket, type WebSocketBridge, type WebSocketOptions } from './use/ws.ts'
