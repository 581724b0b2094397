import type { McpServer, Registry } from '@toolyard/core'
import type { LanguageModel, ModelMessage } from 'ai'

declare const registry: Registry
declare const server: McpServer
declare const chat: { readonly id: string }
declare const model: LanguageModel
declare const messages: ModelMessage[]
declare const abortSignal: AbortSignal
