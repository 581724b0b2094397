import { RegistryError } from '../base/errors.ts'
import { completeArgument } from '../features/complete-argument.ts'
import { createFeatureQueries } from '../features/feature-queries.ts'
import { toFeatureView } from '../features/feature-view.ts'
import { findFeature, getFeature, toFeatureRef } from '../features/find-feature.ts'
import type { ServerRequestOptions, ServerRequests } from '../features/server-requests.ts'
import type { FeatureRecord } from '../model/feature.ts'
import type { ServerRecord } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type {
  McpResource,
  McpResourceTemplate,
  ResourceContents,
  ResourceFilter,
  ResourceRef,
  ResourcesApi,
  ResourceTemplatesApi,
} from './api.ts'
import { readContents } from './resource-contents.ts'
import { variablesOfTemplate } from './template-variables.ts'
import type { ResourceUpdates } from './updates/resource-updates.ts'

export interface ResourcesDeps {
  readonly storage: TenantStorage
  readonly requests: ServerRequests
  readonly updates: ResourceUpdates
}

/** Characters of a URI in the audit. */
const maxAudited = 2_000

const resourceKind = { kind: 'RESOURCE', idKind: 'resource', noun: 'resource' } as const
const templateKind = { kind: 'RESOURCE_TEMPLATE', idKind: 'resourceTemplate', noun: 'template' } as const

const emptyFilter: ResourceFilter = {}
const toFilter = ({ uri, ...filter }: ResourceFilter) => ({ ...filter, ...(uri ? { identifier: uri } : {}) })

function toMcpResource(record: FeatureRecord<'RESOURCE'>): McpResource {
  const { uri, mimeType = null, size = null, annotations = null } = record.definition
  return toFeatureView(record, { uri, mimeType, size, annotations })
}

function toMcpResourceTemplate(record: FeatureRecord<'RESOURCE_TEMPLATE'>): McpResourceTemplate {
  const { uriTemplate, mimeType = null, annotations = null } = record.definition
  return toFeatureView(record, { uriTemplate, mimeType, annotations })
}

function createTemplates({ storage, requests }: ResourcesDeps): ResourceTemplatesApi {
  return {
    ...createFeatureQueries(storage, {
      ...templateKind,
      name: 'resourceTemplates',
      toFilter,
      emptyFilter,
      toView: toMcpResourceTemplate,
    }),
    async get(ref) {
      const found = await findFeature(storage, toFeatureRef(ref, 'uriTemplate', 'template'), templateKind)
      return found && toMcpResourceTemplate(found.record)
    },
    async complete(ref, input, options = {}) {
      const { record, server } = await getFeature(storage, toFeatureRef(ref, 'uriTemplate', 'template'), templateKind)
      const { uriTemplate } = record.definition
      const names = variablesOfTemplate(uriTemplate)
      return await completeArgument(
        requests,
        { server, names, ref: { type: 'ref/resource', uri: uriTemplate } },
        input,
        options,
      )
    },
  }
}

/** The resources of a tenant. */
export function createResources(deps: ResourcesDeps): ResourcesApi {
  const { storage, requests, updates } = deps

  /** @throws INVALID_INPUT, NOT_FOUND */
  async function resolve(given: ResourceRef): Promise<{ readonly server: ServerRecord; readonly uri: string }> {
    const ref = toFeatureRef(given, 'uri', 'resource')
    if ('id' in ref) {
      const { record, server } = await getFeature(storage, ref, resourceKind)
      return { server, uri: record.definition.uri }
    }
    const server = await storage.servers.getByName(ref.server)
    if (server) return { server, uri: ref.identifier }
    const message = `No server is named ${JSON.stringify(ref.server.slice(0, 100))}`
    throw new RegistryError('NOT_FOUND', message, { path: ['resource'] })
  }

  function ask(server: ServerRecord, uri: string, options: ServerRequestOptions): Promise<ResourceContents> {
    return requests.ask(server, options, async (session, request) => {
      if (!session.facts.capabilities.resources) {
        throw new RegistryError('NOT_FOUND', `The server "${server.name}" has no resources`, { path: ['resource'] })
      }
      return readContents(await session.readResource(uri, request), uri)
    })
  }

  return {
    ...createFeatureQueries(storage, {
      ...resourceKind,
      name: 'resources',
      toFilter,
      emptyFilter,
      toView: toMcpResource,
    }),
    templates: createTemplates(deps),
    updates: (options) => updates.follow(options),
    async get(ref) {
      const found = await findFeature(storage, toFeatureRef(ref, 'uri', 'resource'), resourceKind)
      return found && toMcpResource(found.record)
    },
    async read(ref, options = {}) {
      const { server, uri } = await resolve(ref)
      const audited = { action: 'RESOURCE_READ', targetId: server.id, targetName: uri.slice(0, maxAudited) } as const
      return await requests.audited(audited, options, () => ask(server, uri, options))
    },
  }
}
