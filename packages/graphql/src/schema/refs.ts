import type {
  HttpMcpServer,
  McpPrompt,
  McpResource,
  McpResourceTemplate,
  McpServer,
  McpTool,
  McpToolChange,
  Refresh,
  StdioMcpServer,
  ToolRun,
} from '@toolyard/core'
import { builder } from './builder.ts'
import { connectionType } from './connections.ts'
import { serverTypeName } from './node.ts'

// Types that several domains refer to. Each is implemented in the file of its domain.

export const StdioServer = builder.objectRef<StdioMcpServer>('StdioMcpServer')
export const SseServer = builder.objectRef<HttpMcpServer>('SseMcpServer')
export const StreamableHttpServer = builder.objectRef<HttpMcpServer>('StreamableHttpMcpServer')
export const McpServerUnion = builder.unionType('McpServer', {
  types: [StdioServer, SseServer, StreamableHttpServer],
  resolveType: serverTypeName,
})
export const McpToolType = builder.objectRef<McpTool>('McpTool')
export const McpToolChangeType = builder.objectRef<McpToolChange>('McpToolChange')
export const McpResourceType = builder.objectRef<McpResource>('McpResource')
export const McpResourceTemplateType = builder.objectRef<McpResourceTemplate>('McpResourceTemplate')
export const McpPromptType = builder.objectRef<McpPrompt>('McpPrompt')
export const McpServerRefresh = builder.objectRef<Refresh>('McpServerRefresh')
export const ToolRunType = builder.objectRef<ToolRun>('ToolRun')

export const McpServerConnection = connectionType<McpServer>('McpServer', () => McpServerUnion)
export const McpToolConnection = connectionType<McpTool>('McpTool', () => McpToolType, { ranked: 'IN_SEARCHES' })
export const McpServerRefreshConnection = connectionType<Refresh>('McpServerRefresh', () => McpServerRefresh)
export const ToolRunConnection = connectionType<ToolRun>('ToolRun', () => ToolRunType, { countIsNullable: true })
export const McpResourceConnection = connectionType<McpResource>('McpResource', () => McpResourceType)
export const McpResourceTemplateConnection = connectionType<McpResourceTemplate>(
  'McpResourceTemplate',
  () => McpResourceTemplateType,
)
export const McpPromptConnection = connectionType<McpPrompt>('McpPrompt', () => McpPromptType)
