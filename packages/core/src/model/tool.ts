import type { ServerId, ToolId } from '../base/ids.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import type { ToolApprovalPolicy } from './approval-policy.ts'

/** Hints of the server about a tool (MCP 2025-11-25, `ToolAnnotations`). Null: the server gave none. */
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

/** A tool as its server defines it, checked and reduced to the members that the registry keeps. */
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

/** Whether model APIs accept the input schema with strict decoding, only without it, or not at all, with reasons. */
export interface ToolSchemaHealth {
  readonly status: SchemaHealthStatus
  readonly reasons: readonly string[]
}

/** How a run's args or result are recorded: in full, as a shape without values, or not at all. */
export type RecordPolicy = 'KEEP' | 'REDACT' | 'DROP'

/** The operator's settings of a tool. Refreshes never change them. */
export interface ToolSettings {
  readonly enabled: boolean
  readonly tags: readonly string[]
  /** Null for the registry's default. */
  readonly returnCharLimit: number | null
  /** How the args and results of its runs are recorded. Null for the registry's default. */
  readonly recordArgs: RecordPolicy | null
  readonly recordResults: RecordPolicy | null
  /** Null for that of the server. */
  readonly approvalPolicy: ToolApprovalPolicy | null
}

/** A listed definition that waits for approval (`ToolChangePolicy`). */
export type ToolQuarantine =
  /** The definition of the tool itself, which was never approved. */
  | { readonly kind: 'NEW' }
  /** A new definition; that of the tool stays in force. */
  | { readonly kind: 'CHANGED'; readonly definitionText: string }

/** What tools are found and filtered by, beside what their owners set. */
export interface ToolOutline {
  readonly name: string
  readonly title: string
  /** The names of the properties of the input schema. */
  readonly properties: string
  readonly description: string
  readonly readOnly: boolean
  readonly destructive: boolean
}

/** A definition as text, which takes a small part of the memory of its parsed form. */
export interface DefinitionText {
  /** The definition as JSON.stringify writes it, which is stored, and which refreshes compare. */
  readonly definitionText: string
  /** The outline of the definition, if it is at hand: without it, the text is parsed. */
  readonly outline?: ToolOutline
}

export function definitionOf({ definitionText }: Pick<DefinitionText, 'definitionText'>): ToolDefinition {
  // JSON.stringify wrote it from a definition.
  return JSON.parse(definitionText) as ToolDefinition
}

/** A tool to insert. */
export type NewTool = Omit<ToolRecord, 'definition'> & DefinitionText

/** A stored tool. */
export interface ToolRecord {
  readonly id: ToolId
  readonly serverId: ServerId
  readonly definition: ToolDefinition
  /** The definition as JSON.stringify writes it, which is stored, and which refreshes compare. */
  readonly definitionText: string
  readonly quarantine: ToolQuarantine | null
  /** Whether a refresh loosened `readOnlyHint` or `destructiveHint`, and no owner has accepted that yet. */
  readonly holdsHints: boolean
  readonly settings: ToolSettings
  readonly firstSeenAt: number
  readonly updatedAt: number
  /** When the server stopped listing it; null while it is listed. */
  readonly removedAt: number | null
}

/**
 * One changed field of a definition. `pointer` (RFC 6901) leads into the definition; an absent side has no member. The
 * pointer "" with neither side means that a refresh changed more fields than it records.
 */
export interface McpToolChange {
  readonly pointer: string
  readonly before?: JsonValue
  readonly after?: JsonValue
}

export type ToolWarningCode = 'HIDDEN_TEXT' | 'CONTROL_CHARACTERS'

/**
 * Something to review before a model sees a definition. HIDDEN_TEXT: invisible characters that models read all the same,
 * such as tags, zero width spaces, bidi controls and variation selectors. CONTROL_CHARACTERS: terminal controls and
 * noncharacters.
 */
export interface ToolWarning {
  readonly code: ToolWarningCode
  /** Leads into the definition (RFC 6901): `/description`, `/inputSchema/properties/q/description`. */
  readonly pointer: string
  readonly message: string
}

/** A pending definition, as the library returns it. */
export interface McpToolQuarantine {
  /** NEW: the tool cannot be run. CHANGED: it is run, and shown, with the approved definition. */
  readonly kind: ToolQuarantine['kind']
  readonly definition: ToolDefinition
  /** SHA-256, hex, of the RFC 8785 form of all of `definition`: the argument of `tools.approve`. */
  readonly digest: string
  /** The changes from the definition in force to this one; empty for NEW. */
  readonly changes: readonly McpToolChange[]
  /** The warnings of `definition`. */
  readonly warnings: readonly ToolWarning[]
}

/** A tool as the library returns it. */
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
  /** The first 20 warnings of the shown definition. `functionDefinition` omits what they warn of. */
  readonly warnings: readonly ToolWarning[]
  /** Null if no definition is pending. */
  readonly quarantine: McpToolQuarantine | null
  /** Which of its runs wait for an approval; null: by that of the server. */
  readonly approvalPolicy: ToolApprovalPolicy | null
  /**
   * Set if a refresh loosened `readOnlyHint` or `destructiveHint`: the policy DESTRUCTIVE applies to the tool as before, until
   * `tools.approve` accepts this digest.
   */
  readonly heldHints: { readonly digest: string } | null
  readonly firstSeenAt: Date
  readonly updatedAt: Date
  readonly removedAt: Date | null
}
