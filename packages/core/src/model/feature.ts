import { hash } from 'node:crypto'
import type { PromptId, ResourceId, ResourceTemplateId, ServerId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { McpIcon } from './tool.ts'

/** What a server offers beside tools (MCP 2025-11-25, server features). */
export type FeatureKind = 'RESOURCE' | 'RESOURCE_TEMPLATE' | 'PROMPT'

export const featureKinds: readonly FeatureKind[] = ['RESOURCE', 'RESOURCE_TEMPLATE', 'PROMPT']

interface Described {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly icons?: readonly McpIcon[]
  readonly _meta?: JsonObject
}

/** A resource as its server defines it, checked and reduced to the members that the registry keeps. */
export interface ResourceDefinition extends Described {
  /** Shown as text, and never dialled: its server alone knows what it means. */
  readonly uri: string
  readonly mimeType?: string
  /** Bytes of its content, before base64. */
  readonly size?: number
  readonly annotations?: JsonObject
}

/** A template of URIs (RFC 6570) as its server defines it. */
export interface ResourceTemplateDefinition extends Described {
  readonly uriTemplate: string
  readonly mimeType?: string
  readonly annotations?: JsonObject
}

export interface PromptArgument {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly required?: boolean
}

export interface PromptDefinition extends Described {
  readonly arguments?: readonly PromptArgument[]
}

export interface FeatureDefinitions {
  RESOURCE: ResourceDefinition
  RESOURCE_TEMPLATE: ResourceTemplateDefinition
  PROMPT: PromptDefinition
}

export interface FeatureIds {
  RESOURCE: ResourceId
  RESOURCE_TEMPLATE: ResourceTemplateId
  PROMPT: PromptId
}

export type FeatureId = FeatureIds[FeatureKind]

interface FeatureRecords {
  RESOURCE: FeatureRecordOf<'RESOURCE'>
  RESOURCE_TEMPLATE: FeatureRecordOf<'RESOURCE_TEMPLATE'>
  PROMPT: FeatureRecordOf<'PROMPT'>
}

interface FeatureRecordOf<Kind extends FeatureKind> {
  readonly id: FeatureIds[Kind]
  readonly serverId: ServerId
  readonly kind: Kind
  /** What the server tells it apart by: the URI of a resource, the URI template, the name of a prompt. */
  readonly identifier: string
  readonly definition: FeatureDefinitions[Kind]
  /** The definition as JSON.stringify writes it, which is stored, and which refreshes compare. */
  readonly definitionText: string
  readonly firstSeenAt: number
  readonly updatedAt: number
  /** When the server stopped listing it; null while it is listed. */
  readonly removedAt: number | null
}

/** A stored resource, template or prompt. */
export type FeatureRecord<Kind extends FeatureKind = FeatureKind> = FeatureRecords[Kind]

/** A feature to insert. */
export type NewFeature = FeatureRecord & {
  /** The hash of its identifier, if it is at hand. */
  readonly identifierHash?: string
}

/** Tells identifiers apart where a text of any length, or one that UTF-8 cannot carry, would not do. */
export function identifierHash(identifier: string): string {
  // JSON escapes lone surrogates, which a digest of UTF-8 would make equal.
  return hash('sha256', JSON.stringify(identifier), 'base64url')
}

export function isKind<Kind extends FeatureKind>(kind: Kind) {
  return (record: FeatureRecord): record is FeatureRecord<Kind> => record.kind === kind
}
