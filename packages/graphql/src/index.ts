import type { GraphQLSchema } from 'graphql'
import { schema as built } from './schema/schema.ts'

/**
 * The executable schema. Its resolvers take the context of `createContext`.
 * Exported under its own type, so that the package's types do not import the files that build it.
 */
export const schema: GraphQLSchema = built

export type { RateOptions } from '@toolyard/core/internal/token-buckets'
export type { Authenticate, AuthRequest } from './access/authenticate.ts'
export type { BindBrowser, BrowserBinding, BrowserRequest } from './access/bind-browser.ts'
export type { Caller, Operator, Scope } from './access/caller.ts'
export { type Context, createContext } from './context/context.ts'
export type { OnError } from './errors/mask-error.ts'
export { createHandler, type GraphQLHandler, type HandlerOptions } from './handler.ts'
export { defaultLimits, defaultRate, type IntrospectionPolicy, type Limits } from './limits/limits.ts'
export type { DocumentParams, PersistedOperations, ResolveQuery } from './persisted/persisted-documents.ts'
export type { GraphQLOperation } from './telemetry/observe-operations.ts'
export { createNodeListener } from './use/node.ts'
export { useWebSocket, type WebSocketBridge, type WebSocketOptions } from './use/ws.ts'
