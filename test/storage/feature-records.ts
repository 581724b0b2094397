import { createId, type ServerId } from '../../packages/core/src/base/ids.ts'
import type {
  FeatureRecord,
  PromptDefinition,
  ResourceDefinition,
  ResourceTemplateDefinition,
} from '../../packages/core/src/model/feature.ts'

const seen = { firstSeenAt: 1, updatedAt: 1, removedAt: null }

export function resource(
  serverId: ServerId,
  uri: string,
  patch: Partial<ResourceDefinition> = {},
): FeatureRecord<'RESOURCE'> {
  const definition = { uri, name: uri, ...patch }
  const definitionText = JSON.stringify(definition)
  return {
    id: createId('resource'),
    serverId,
    kind: 'RESOURCE',
    identifier: uri,
    definition,
    definitionText,
    ...seen,
  }
}

export function template(
  serverId: ServerId,
  uriTemplate: string,
  patch: Partial<ResourceTemplateDefinition> = {},
): FeatureRecord<'RESOURCE_TEMPLATE'> {
  const definition = { uriTemplate, name: uriTemplate, ...patch }
  const definitionText = JSON.stringify(definition)
  const id = createId('resourceTemplate')
  return { id, serverId, kind: 'RESOURCE_TEMPLATE', identifier: uriTemplate, definition, definitionText, ...seen }
}

export function prompt(
  serverId: ServerId,
  name: string,
  patch: Partial<PromptDefinition> = {},
): FeatureRecord<'PROMPT'> {
  const definition = { name, ...patch }
  const definitionText = JSON.stringify(definition)
  return { id: createId('prompt'), serverId, kind: 'PROMPT', identifier: name, definition, definitionText, ...seen }
}
