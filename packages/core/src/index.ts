export type { AuditAction } from './audit/audit-event.ts'
export { type Budget, type BudgetName, type Budgets, budgetNames, budgetTable } from './budgets/budget-table.ts'
export { createRegistry } from './create-registry.ts'
export {
  type CanceledBy,
  type ErrorCode,
  type ErrorDetails,
  isRegistryError,
  type JobError,
  RegistryError,
  type RegistryErrorOptions,
  type ToolArgsIssue,
} from './errors.ts'
export {
  type EndedJobStatus,
  hasEnded,
  type JobStatus,
  type LogStream,
  type McpServerStatus,
  type OutputStream,
  type RefreshEvent,
  type RefreshPhase,
  type RunEvent,
  type ServerEvent,
  type ToolChange,
} from './events/events.ts'
export type { FollowOptions } from './events/follow.ts'
export type { ExportOptions, ServerExport } from './export/server-export.ts'
export type { ClientFormatName } from './formats/client-format.ts'
export { onlyServers, type ServersOnly } from './formats/only-servers.ts'
export {
  type IdKind,
  idKind,
  type JobId,
  type RefreshId,
  type RunId,
  type ServerId,
  type TenantId,
  type ToolId,
} from './ids.ts'
export type { ImportConflictPolicy, ImportFormat, ImportInput, ImportSource } from './import/input.ts'
export type { ImportEntry, ImportOutcome, ImportReport, ImportServersOptions } from './import/report.ts'
export type { ImportVariable } from './import/required-variables.ts'
export type {
  BlockRemarks,
  ContentBlock,
  RefreshOutcome,
  RejectedTool,
  RunRecorded,
  ToolExecutionResult,
} from './jobs/job.ts'
export { isDeeperThan, type JsonObject, type JsonPrimitive, type JsonValue } from './json.ts'
export type { ProxyOptions } from './network/proxy-options.ts'
export type { HistoryOptions, RegistryOptions, SessionOptions, StdioLimits, StdioOptions } from './options.ts'
export type { ListOptions, Page } from './pages.ts'
export type {
  Acting,
  Audit,
  AuditEvent,
  AuditInput,
  AuditListOptions,
  JobEventsOptions,
  ListedMcpTool,
  Refresh,
  Refreshes,
  RefreshJob,
  RefreshJobEvent,
  RefreshOptions,
  RefreshPreview,
  RefreshResult,
  Registry,
  RegistryEvent,
  RegistryStats,
  RunJob,
  RunJobEvent,
  RunListOptions,
  RunOptions,
  Runs,
  ServerEventsOptions,
  ServerListOptions,
  Servers,
  TenantRegistry,
  ToolListOptions,
  ToolRef,
  ToolRun,
  ToolSearchOptions,
  ToolSearchPage,
  ToolSettingsInput,
  Tools,
} from './registry.ts'
export { type MasterKeySource, parseMasterKey } from './secrets/master-key.ts'
export {
  type RotateSecretKeyOptions,
  rotateSecretKey,
  type SecretKeyStatus,
  secretKeyStatus,
} from './secrets/rotate.ts'
export type { SecretEnv, SecretProvider } from './secrets/secret-sources.ts'
export type { TemplateVariable } from './secrets/templates.ts'
export { executableOf } from './servers/command-policy.ts'
export type {
  CreateServerInput,
  SecretInput,
  ServerConfigInput,
  ServerConfigPatch,
  UpdateServerInput,
} from './servers/input.ts'
export type { CallerContext } from './servers/resolve-config.ts'
export type {
  HttpMcpServer,
  McpServer,
  McpServerInfo,
  McpTimeouts,
  McpTransport,
  ProtocolEraPolicy,
  SecretEntry,
  ServerHealth,
  StdioMcpServer,
  ToolChangePolicy,
} from './servers/server.ts'
export type {
  AuditFilter,
  AuditSort,
  RunFilter,
  RunSort,
  ServerFilter,
  ServerSort,
  StringFilter,
  ToolFilter,
  ToolSort,
} from './storage/filters.ts'
export type {
  DatabaseState,
  DatabaseStatus,
  ImportOptions,
  MaintainedStorage,
  MigrationResult,
  RowCounts,
  StorageMaintenance,
} from './storage/maintenance.ts'
export { memoryStorage } from './storage/memory.ts'
export type { Storage, StorageAdapter, TenantStorage } from './storage/storage.ts'

export type { EndedJob, McpOperation, RegistryObserver } from './telemetry/observer.ts'
export type { TelemetryOptions } from './telemetry/telemetry-options.ts'

export {
  type DescribedTool,
  type FunctionDefinitionOptions,
  functionDefinition,
  type ModelApi,
} from './tools/function-definition.ts'
export { jsonWithoutHiddenText, showHiddenText, withoutHiddenText } from './tools/hidden-text.ts'

export { qualifiedName } from './tools/qualified-name.ts'
export type {
  McpIcon,
  McpTool,
  McpToolAnnotations,
  McpToolChange,
  McpToolQuarantine,
  RecordPolicy,
  SchemaHealthStatus,
  ToolDefinition,
  ToolSchemaHealth,
  ToolWarning,
  ToolWarningCode,
} from './tools/tool.ts'
