import type { ServerId, ToolId } from '../base/ids.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'

/** Hints of the server about what a tool does (MCP 2025-11-25, `ToolAnnotations`). Null: the server did not say. */
export interface McpToolAnnotations {
  readonly readOnlyHint: boolean | null
  readonly destructiveHint: boolean | null
  readonly idempotentHint: boolean | null
  readonly openWorldHint: boolean | null
}

export interface McpIcon {
  readonly src: string
  readonly mimeType?: string
  readonly sizes?: readonly string[]
}

/** A tool as its server defines it, checked and reduced to what the registry keeps. */
export interface ToolDefinition {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly inputSchema: JsonObject
  readonly outputSchema?: JsonObject
  readonly annotations?: JsonObject
  readonly icons?: readonly McpIcon[]
  readonly _meta?: JsonObject
}

export type SchemaHealthStatus = 'STRICT_COMPLIANT' | 'NON_STRICT_ONLY' | 'INVALID'

/** Whether model APIs take the input schema: with strict decoding, without only, or not at all; and why. */
export interface ToolSchemaHealth {
  readonly status: SchemaHealthStatus
  readonly reasons: readonly string[]
}

/** What is recorded of a run's args or result: all, its shape without the values, or nothing. */
export type RecordPolicy = 'KEEP' | 'REDACT' | 'DROP'

/** What the owner says of a tool; a refresh never touches it. */
export interface ToolSettings {
  readonly enabled: boolean
  readonly tags: readonly string[]
  /** Null: the registry's default. */
  readonly returnCharLimit: number | null
  /** What is recorded of the args and the results of its runs. Null: the registry's default. */
  readonly recordArgs: RecordPolicy | null
  readonly recordResults: RecordPolicy | null
}

/** A definition that the server lists and nobody has approved yet (`ToolChangePolicy`). */
export type ToolQuarantine =
  /** The tool's own: none was ever in force. */
  | { readonly kind: 'NEW' }
  /** Another than the tool's own, which stays in force. */
  | { readonly kind: 'CHANGED'; readonly definitionText: string }

/** A definition as its text, which takes less room than what is made of it. */
export interface DefinitionText {
  /** The definition as JSON.stringify writes it: what is stored, and what a refresh compares. */
  readonly definitionText: string
  /** What is made of the text, where it is at hand. */
  readonly definition?: ToolDefinition
}

export function definitionOf({ definition, definitionText }: DefinitionText): ToolDefinition {
  // Written from a definition.
  return definition ?? (JSON.parse(definitionText) as ToolDefinition)
}

/** A tool to be stored. */
export type NewTool = Omit<ToolRecord, 'definition'> & DefinitionText

/** A tool as stored. */
export interface ToolRecord {
  readonly id: ToolId
  readonly serverId: ServerId
  readonly definition: ToolDefinition
  /** The definition as JSON.stringify writes it: what is stored, and what a refresh compares. */
  readonly definitionText: string
  readonly quarantine: ToolQuarantine | null
  readonly settings: ToolSettings
  readonly firstSeenAt: number
  readonly updatedAt: number
  /** When the server stopped listing it; null while it does. */
  readonly removedAt: number | null
}

/**
 * One changed field of a definition. `pointer` (RFC 6901) leads into the definition; a side that is absent has no member. The
 * pointer "" alone, with neither side, says that a refresh changed more than it records the values of.
 */
export interface McpToolChange {
  readonly pointer: string
  readonly before?: JsonValue
  readonly after?: JsonValue
}

export type ToolWarningCode = 'HIDDEN_TEXT' | 'CONTROL_CHARACTERS'

/**
 * What a person should look at before a model sees a definition. HIDDEN_TEXT: characters that are not shown, such as tags,
 * zero width spaces, bidi controls and variation selectors, which models read all the same. CONTROL_CHARACTERS: what steers
 * terminals, and what is no character.
 */
export interface ToolWarning {
  readonly code: ToolWarningCode
  /** Into the definition (RFC 6901): `/description`, `/inputSchema/properties/q/description`. */
  readonly pointer: string
  readonly message: string
}

/** What waits for approval, as the library answers it. */
export interface McpToolQuarantine {
  /** NEW: the tool cannot be run. CHANGED: it is run, and shown, by the definition that was approved. */
  readonly kind: ToolQuarantine['kind']
  readonly definition: ToolDefinition
  /** SHA-256, hex, of the RFC 8785 form of all of `definition`: what `tools.approve` wants to see. */
  readonly digest: string
  /** From the definition in force to this one; empty for NEW. */
  readonly changes: readonly McpToolChange[]
  /** Of `definition`. */
  readonly warnings: readonly ToolWarning[]
}

/** A tool as the library answers it. */
export interface McpTool {
  readonly id: ToolId
  readonly serverId: ServerId
  readonly name: string
  /** Server and tool name in one, unique in the registry, matching `^[A-Za-z_][A-Za-z0-9_-]{0,63}$`. */
  readonly qualifiedName: string
  readonly title: string | null
  readonly description: string | null
  readonly inputSchema: JsonObject
  readonly outputSchema: JsonObject | null
  readonly annotations: McpToolAnnotations
  readonly icons: readonly McpIcon[]
  readonly enabled: boolean
  readonly tags: readonly string[]
  readonly returnCharLimit: number
  readonly recordArgs: RecordPolicy
  readonly recordResults: RecordPolicy
  /** SHA-256, hex, of the RFC 8785 form of name, description, schemas and annotations. */
  readonly schemaDigest: string
  readonly schemaHealth: ToolSchemaHealth
  /** Of the definition that is shown, the first 20. `functionDefinition` leaves out what they warn of. */
  readonly warnings: readonly ToolWarning[]
  /** Null where nothing waits for approval. */
  readonly quarantine: McpToolQuarantine | null
  readonly firstSeenAt: Date
  readonly updatedAt: Date
  readonly removedAt: Date | null
}
