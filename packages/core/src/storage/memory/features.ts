import type { ServerId } from '../../base/ids.ts'
import { type FeatureRecord, identifierHash } from '../../model/feature.ts'
import type { FeatureSort, SortKey } from '../../model/filters.ts'
import type { FeatureSearch } from '../../model/tool-search.ts'
import { serverWords } from '../../search/entry-words.ts'
import { featureWords } from '../../search/feature-words.ts'
import { rankEntries, scoreEntry } from '../../search/score.ts'
import { matchesFeature } from '../matches.ts'
import type { FeatureReads, StoredFeature } from '../storage.ts'
import type { FeatureRedefinition, FeatureWrite } from '../write.ts'
import { getMany, grouped, isNotEmpty, isPositive, mapValues, page } from './rows.ts'
import type { FeatureUsage, Tables } from './tables.ts'
import { getOrThrow, put, take, type Undo } from './undo.ts'

const definitionsPerPage = 1_000

const byName = ({ id, definition }: FeatureRecord, _: FeatureSort): SortKey => ({ id, value: definition.name })

const serverOf = ({ serverId }: FeatureRecord) => serverId

function toStoredFeature({ id, kind, identifier, removedAt, definitionText }: FeatureRecord): StoredFeature {
  return { id, kind, identifier, identifierHash: identifierHash(identifier), removedAt, definitionText }
}

/** By definition: definitions are replaced, never changed. */
const knownWords = new WeakMap<FeatureRecord['definition'], string>()

/** The words of a definition, split once. */
export function featureWordsOf(definition: FeatureRecord['definition']): string {
  const words = knownWords.get(definition) ?? featureWords(definition)
  knownWords.set(definition, words)
  return words
}

/** The definitions that pass the filter, as a search ranks them. */
function searched({ servers, features }: Tables, { filter }: FeatureSearch) {
  const words = new Map([...servers.values()].map(({ id, name }) => [id, serverWords(name)]))
  return features
    .values()
    .filter((feature) => matchesFeature(filter, feature))
    .map((feature) => ({
      id: feature.id,
      name: feature.definition.name,
      words: featureWordsOf(feature.definition),
      serverWords: words.get(feature.serverId) ?? '',
      record: feature,
    }))
}

export function createFeatureReads(tables: Tables): FeatureReads {
  const { features } = tables
  const ownedBy = (id: ServerId) => features.values().filter(({ serverId }) => serverId === id)
  return {
    get: async (id) => features.get(id),
    getByIdentifier: async (serverId, kind, identifier) =>
      ownedBy(serverId).find((each) => each.kind === kind && each.identifier === identifier && each.removedAt === null),
    getMany: async (ids) => getMany(features, ids),
    async *definitionsOf(serverId) {
      const owned = [...ownedBy(serverId)]
      for (let start = 0; start < owned.length; start += definitionsPerPage) {
        yield owned.slice(start, start + definitionsPerPage).map(toStoredFeature)
      }
    },
    page: async (query) => page(features.values(), query, matchesFeature, byName),
    count: async (filter) => [...features.values()].filter((each) => matchesFeature(filter, each)).length,
    pageByServer: async (ids, query) =>
      mapValues(
        grouped(ids, features.values(), serverOf),
        (rows) => page(rows, query, matchesFeature, byName),
        isNotEmpty,
      ),
    countByServer: async (ids, filter) =>
      mapValues(
        grouped(ids, features.values(), serverOf),
        (rows) => rows.filter((each) => matchesFeature(filter, each)).length,
        isPositive,
      ),
    search: async (search, limit, beyond) =>
      rankEntries(search, searched(tables, search), limit, beyond).map(({ entry, score }) => ({
        feature: entry.record,
        score,
      })),
    searchCount: async (search) =>
      searched(tables, search)
        .filter((feature) => scoreEntry(search, feature) > 0)
        .reduce((count) => count + 1, 0),
  }
}

function redefined(before: FeatureRecord, { definition, definitionText }: FeatureRedefinition, at: number) {
  // A definition is written under the id of its own kind.
  return { ...before, definition, definitionText, updatedAt: at, removedAt: null } as FeatureRecord
}

export function applyFeatureWrite({ servers, features }: Tables, write: FeatureWrite): Undo[] {
  const get = (id: FeatureRecord['id']) => getOrThrow(features, id, 'definition')
  switch (write.kind) {
    case 'insertFeatures':
      for (const { serverId } of write.features) getOrThrow(servers, serverId, 'server')
      return write.features.map(({ identifierHash: _, ...feature }) =>
        // Of each kind, a new feature has but that member more.
        put(features, feature.id, feature as FeatureRecord),
      )
    case 'redefineFeatures':
      for (const { id } of write.features) get(id)
      return write.features.map((each) => put(features, each.id, redefined(get(each.id), each, write.at)))
    case 'removeFeatures':
      for (const id of write.ids) get(id)
      return write.ids.map((id) => put(features, id, { ...get(id), updatedAt: write.at, removedAt: write.at }))
    case 'forgetFeatures':
      return write.ids.flatMap((id) => (features.get(id)?.removedAt === null ? [] : take(features, id)))
  }
}

/** Deletes what a server offers beside tools. */
export function deleteFeaturesOf({ features, featureUsage }: Tables, serverId: ServerId): Undo[] {
  const owned = [...features.values()].filter((each) => each.serverId === serverId)
  return [...take(featureUsage, serverId), ...owned.flatMap(({ id }) => take(features, id))]
}

export function featureUsageOf({ features }: Tables, serverId: ServerId): FeatureUsage {
  let featuresPerTenant = 0
  let featureBytesPerTenant = 0
  for (const each of features.values()) {
    if (each.serverId !== serverId) continue
    featuresPerTenant += 1
    featureBytesPerTenant += Buffer.byteLength(each.definitionText)
  }
  return { featuresPerTenant, featureBytesPerTenant }
}
