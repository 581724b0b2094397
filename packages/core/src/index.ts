export type { AuditApi, AuditEvent, AuditInput, AuditListOptions } from './audit/api.ts'
export {
  type CanceledBy,
  type ErrorCode,
  type ErrorDetails,
  isRegistryError,
  type JobError,
  RegistryError,
  type RegistryErrorOptions,
  type ToolArgsIssue,
} from './base/errors.ts'
export { jsonWithoutHiddenText, showHiddenText, withoutHiddenText } from './base/hidden-text.ts'
export {
  type IdKind,
  idKind,
  type JobId,
  type PromptId,
  type RefreshId,
  type ResourceId,
  type ResourceTemplateId,
  type RunId,
  type ServerId,
  type TenantId,
  type ToolId,
} from './base/ids.ts'
export { isDeeperThan, type JsonObject, type JsonPrimitive, type JsonValue } from './base/json.ts'
export { type Budget, type BudgetName, type Budgets, budgetNames, budgetTable } from './budgets/budget-table.ts'
export type { CatalogApi, McpEntry, McpKind, SearchFilter, SearchOptions, SearchPage } from './catalog/api.ts'
export type { ExportOptions, ServerExport } from './config-files/export/server-export.ts'
export type { ClientFormatName } from './config-files/formats/client-format.ts'
export type { ServersOnly } from './config-files/formats/only-servers.ts'
export type { ImportConflictPolicy, ImportFormat, ImportInput, ImportSource } from './config-files/import/input.ts'
export type { ImportEntry, ImportOutcome, ImportReport, ImportServersOptions } from './config-files/import/report.ts'
export type { ImportVariable } from './config-files/import/required-variables.ts'
export type { FollowOptions } from './events/follow.ts'
export type { CompleteInput, Completion } from './features/complete-argument.ts'
export type { FeatureQueries } from './features/feature-queries.ts'
export type { FeatureView } from './features/feature-view.ts'
export type { ServerRequestOptions } from './features/server-requests.ts'
export type { JobEventsOptions } from './jobs/api.ts'
export type { ActorOptions, ApprovalActorOptions } from './model/actor.ts'
export type { ApprovalDecision, ToolApprovalPolicy } from './model/approval-policy.ts'
export type { AuditAction } from './model/audit-event.ts'
export {
  type EndedJobStatus,
  hasEnded,
  isPaused,
  type JobStatus,
  type LogStream,
  type McpServerStatus,
  type OutputStream,
  type PausedJobStatus,
  type RefreshEvent,
  type RefreshPhase,
  type RunEvent,
  type ServerEvent,
  type ToolChange,
} from './model/events.ts'
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
} from './model/filters.ts'
export type {
  ElicitationAction,
  ElicitationFormRequest,
  ElicitationUrlRequest,
  InputRequest,
  McpInputPolicy,
  SamplingRequest,
} from './model/input-request.ts'
export {
  type BlockRemarks,
  type ContentBlock,
  type ListDifference,
  type ListDifferences,
  nothingListed,
  type RefreshOutcome,
  type RejectedTool,
  type RunRecorded,
  type ToolExecutionResult,
} from './model/job.ts'
export type { MasterKeySource } from './model/master-key-source.ts'
export type { OAuthAuth, OAuthClientRegistration, OAuthGrant, OAuthStatus } from './model/oauth.ts'
export type { ListOptions, Page } from './model/pages.ts'
export { qualifiedName } from './model/qualified-name.ts'
export type { CallerContext } from './model/resolve-config.ts'
export type {
  HeaderAuth,
  HttpMcpServer,
  McpServer,
  McpServerInfo,
  McpTimeouts,
  McpTransport,
  ProtocolEra,
  ProtocolEraPolicy,
  SecretEntry,
  ServerHealth,
  StdioMcpServer,
  ToolChangePolicy,
} from './model/server.ts'
export type { TemplateVariable } from './model/templates.ts'
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
} from './model/tool.ts'
export type { ToolRef } from './model/tool-ref.ts'
export type { BeginAuthOptions, BegunAuth } from './oauth/browser-flow.ts'
export type { CheckAuthOptions, CheckedAuth } from './oauth/check-grant.ts'
export { clientMetadataDocument } from './oauth/client-identity.ts'
export type { AuthAnswer, CompleteAuthOptions } from './oauth/complete-flow.ts'
export type { OAuthOptions } from './oauth/options.ts'
export { executableOf } from './policy/command-policy.ts'
export type { ProxyOptions } from './policy/proxy-options.ts'
export type {
  McpPrompt,
  McpPromptArgument,
  McpPromptMessage,
  PromptFilter,
  PromptRef,
  PromptsApi,
  RenderedPrompt,
} from './prompts/api.ts'
export type {
  ListedMcpTool,
  Refresh,
  RefreshesApi,
  RefreshJob,
  RefreshJobEvent,
  RefreshListOptions,
  RefreshOptions,
  RefreshPreview,
  RefreshResult,
} from './refreshes/api.ts'
export { createRegistry } from './registry/create-registry.ts'
export type { HistoryOptions, RegistryOptions, SessionOptions, StdioOptions } from './registry/options.ts'
export type { Registry, RegistryStats, ServersApi, TenantRegistry } from './registry/registry-api.ts'
export {
  type RotateSecretKeyOptions,
  rotateSecretKey,
  type SecretKeyStatus,
  secretKeyStatus,
} from './registry/rotate-key.ts'
export type {
  FilledTemplate,
  McpResource,
  McpResourceTemplate,
  ReadOptions,
  ResourceContent,
  ResourceContents,
  ResourceFilter,
  ResourceRef,
  ResourcesApi,
  ResourceTemplateRef,
  ResourceTemplatesApi,
} from './resources/api.ts'
export type { TemplateValues } from './resources/expand-template.ts'
export type { McpResourceUpdate, ResourceUpdatesOptions } from './resources/updates/api.ts'
export type {
  AnswerRunInput,
  DecideRunInput,
  InputResponse,
  PendingInput,
  RunJob,
  RunJobEvent,
  RunListOptions,
  RunOptions,
  RunResultOptions,
  RunsApi,
  ToolApproval,
  ToolRun,
} from './runs/api.ts'
export { parseMasterKey } from './secrets/master-key.ts'
export type { SecretEnv, SecretProvider } from './secrets/secret-sources.ts'
export type { RegistryEvent, ServerEventsOptions, ServerListOptions } from './servers/api.ts'
export type { AuthInput } from './servers/auth-input.ts'
export type {
  CreateServerInput,
  ServerConfigInput,
  ServerConfigPatch,
  UpdateServerInput,
} from './servers/input.ts'
export type { OAuthInput } from './servers/oauth-input.ts'
export type { SecretInput } from './servers/secret-input.ts'
export type { StdioLimits } from './sessions/stdio/limited-command.ts'
export type {
  DatabaseState,
  DatabaseStatus,
  ImportOptions,
  MaintainedStorage,
  MigrationResult,
  RowCounts,
  StorageMaintenance,
} from './storage/maintenance.ts'
export { memoryStorage } from './storage/memory/memory-storage.ts'
export type { Storage, StorageAdapter, TenantStorage } from './storage/storage.ts'
export type { EndedJob, McpOperation, RegistryObserver, TokenRenewal } from './telemetry/observer.ts'
export type { TelemetryOptions } from './telemetry/telemetry-options.ts'
export type { ToolListOptions, ToolSearchOptions, ToolSearchPage, ToolSettingsInput, ToolsApi } from './tools/api.ts'
export {
  type DescribedTool,
  type FunctionDefinitionOptions,
  functionDefinition,
  type ModelApi,
} from './tools/function-definition.ts'
