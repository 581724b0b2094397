import { toFeatureView } from '../features/feature-view.ts'
import type { FeatureRecord } from '../model/feature.ts'
import type { McpPrompt } from './api.ts'

export function toMcpPrompt(record: FeatureRecord<'PROMPT'>): McpPrompt {
  const { arguments: given = [] } = record.definition
  return toFeatureView(record, {
    arguments: given.map(({ name, title = null, description = null, required = false }) => ({
      name,
      title,
      description,
      required,
    })),
  })
}
