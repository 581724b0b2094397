import { RegistryError } from '../base/errors.ts'
import { isJsonObject } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { completeArgument } from '../features/complete-argument.ts'
import { createFeatureQueries } from '../features/feature-queries.ts'
import { findFeature, getFeature, toFeatureRef } from '../features/find-feature.ts'
import type { ServerRequestOptions, ServerRequests } from '../features/server-requests.ts'
import { oauthConfigOf } from '../model/config-secrets.ts'
import { sessionKey } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type {
  FilledTemplate,
  ReadOptions,
  ResourceContents,
  ResourceFilter,
  ResourceRef,
  ResourcesApi,
  ResourceTemplatesApi,
} from './api.ts'
import { expandTemplate } from './expand-template.ts'
import type { ReadCaches, ReadPlace } from './read-caches.ts'
import { readContents } from './resource-contents.ts'
import { toMcpResource, toMcpResourceTemplate } from './resource-views.ts'
import { variablesOfTemplate } from './template-variables.ts'
import type { ResourceUpdates } from './updates/resource-updates.ts'

export interface ResourcesDeps {
  readonly storage: TenantStorage
  readonly requests: ServerRequests
  readonly meter: BudgetMeter
  readonly reads: ReadCaches
  readonly updates: ResourceUpdates
}

/** A resource to read, listed or not. */
interface Target {
  readonly server: ServerRecord
  readonly uri: string
}

/** Characters of a URI in the audit. */
const maxAudited = 2_000

const resourceKind = { kind: 'RESOURCE', idKind: 'resource', noun: 'resource' } as const
const templateKind = { kind: 'RESOURCE_TEMPLATE', idKind: 'resourceTemplate', noun: 'template' } as const

/** Callers without types may pass anything. */
const isFilledTemplate = (ref: ResourceRef | FilledTemplate): ref is FilledTemplate =>
  isJsonObject(ref) && 'template' in ref

const emptyFilter: ResourceFilter = {}
const toFilter = ({ uri, ...filter }: ResourceFilter) => ({ ...filter, ...(uri ? { identifier: uri } : {}) })

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

/** Asks servers for resources, and keeps what they say to be fresh. */
function createReads({ storage, requests, reads }: ResourcesDeps) {
  function ask({ server, uri }: Target, options: ServerRequestOptions): Promise<ResourceContents> {
    return requests.ask(server, options, async (session, request) => {
      if (!session.facts.capabilities.resources) {
        throw new RegistryError('NOT_FOUND', `The server "${server.name}" has no resources`, { path: ['resource'] })
      }
      return readContents(await session.readResource(uri, request), uri)
    })
  }

  /** Where an answer for the caller is kept; undefined if the server is disabled, or waits for its authorization. */
  async function placeOf({ server, uri }: Target, options: ServerRequestOptions): Promise<ReadPlace | undefined> {
    if (!server.enabled) return undefined
    const place = { tenantId: storage.tenantId, serverId: server.id, uri }
    const context = sessionKey(server, options)
    if (!oauthConfigOf(server.config)) return { ...place, context }
    const grant = await storage.oauth.grant(server.id)
    if (grant?.state !== 'CONNECTED') return undefined
    return { ...place, context: `${context}:${grant.connectedAt}` }
  }

  return async (target: Target, { fresh = false, ...options }: ReadOptions): Promise<ResourceContents> => {
    requests.check(target.server, options)
    const place = await placeOf(target, options)
    if (!place) return await ask(target, options)
    const known = fresh ? undefined : reads.find(place)
    if (known) return known
    const pending = reads.begin(place)
    try {
      const answer = await ask(target, options)
      pending.keep(answer)
      return answer
    } finally {
      pending.end()
    }
  }
}

/** The resources of a tenant. */
export function createResources(deps: ResourcesDeps): ResourcesApi {
  const { storage, requests, meter, updates } = deps
  const readFrom = createReads(deps)

  async function expand({ template, values }: FilledTemplate): Promise<Target> {
    const { record, server } = await getFeature(
      storage,
      toFeatureRef(template, 'uriTemplate', 'template'),
      templateKind,
    )
    return { server, uri: expandTemplate(record.definition.uriTemplate, values, meter) }
  }

  async function resolve(given: ResourceRef): Promise<Target> {
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
      const { server, uri } = await (isFilledTemplate(ref) ? expand(ref) : resolve(ref))
      if (uri.length > meter.budgets.uriBytes) {
        throw meter.exceeded('uriBytes', { what: 'uri', got: uri.length, code: 'INVALID_INPUT', path: ['uri'] })
      }
      const audited = { action: 'RESOURCE_READ', targetId: server.id, targetName: uri.slice(0, maxAudited) } as const
      return await requests.audited(audited, options, () => readFrom({ server, uri }, options))
    },
  }
}
