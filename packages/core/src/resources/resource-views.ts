import { toFeatureView } from '../features/feature-view.ts'
import type { FeatureRecord } from '../model/feature.ts'
import type { McpResource, McpResourceTemplate } from './api.ts'

export function toMcpResource(record: FeatureRecord<'RESOURCE'>): McpResource {
  const { uri, mimeType = null, size = null, annotations = null } = record.definition
  return toFeatureView(record, { uri, mimeType, size, annotations })
}

export function toMcpResourceTemplate(record: FeatureRecord<'RESOURCE_TEMPLATE'>): McpResourceTemplate {
  const { uriTemplate, mimeType = null, annotations = null } = record.definition
  return toFeatureView(record, { uriTemplate, mimeType, annotations })
}
