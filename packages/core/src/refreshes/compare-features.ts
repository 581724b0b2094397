import { isDeepStrictEqual } from 'node:util'
import { type JobError, toJobError } from '../base/errors.ts'
import { createId, type ServerId } from '../base/ids.ts'
import { slices } from '../base/slices.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { CheckedFeature } from '../features/feature-definition.ts'
import { type FeatureId, type FeatureKind, type FeatureRecord, featureKinds } from '../model/feature.ts'
import { type ListDifference, type ListDifferences, nothingListed } from '../model/job.ts'
import type { StoredFeature } from '../storage/storage.ts'
import type { FeatureRedefinition, Write } from '../storage/write.ts'
import type { ListedFeature, ListedFeatures } from './discover-features.ts'
import { createForgetting, type Forgetting, type ForgettingRule } from './forgetting.ts'

/** Characters of definitions that are compared between two looks at the clock. */
const charsPerLook = 16 * 1024

export interface FeatureComparison {
  /** A list that the server has not, and had not, has no entry. */
  readonly differences: Partial<ListDifferences>
  readonly writes: readonly Write[]
  /** Removed ones that are no longer remembered. */
  readonly surplus: readonly FeatureId[]
}

export interface CompareFeaturesOptions extends ForgettingRule {
  readonly serverId: ServerId
  readonly at: number
  readonly meter: Pick<BudgetMeter, 'budgets' | 'count'>
}

/** The names that an outcome has room for. */
interface NamesRoom {
  names(identifiers: readonly string[]): readonly string[]
}

type StoredRow = StoredFeature & { readonly name: string }

const memberOf = {
  RESOURCE: 'resources',
  RESOURCE_TEMPLATE: 'resourceTemplates',
  PROMPT: 'prompts',
} as const satisfies Readonly<Record<FeatureKind, keyof ListDifferences>>

const idKindOf = { RESOURCE: 'resource', RESOURCE_TEMPLATE: 'resourceTemplate', PROMPT: 'prompt' } as const

function createNamesRoom({ budgets, count }: CompareFeaturesOptions['meter']): NamesRoom {
  let left = budgets.outcomeBytes
  let isCounted = false
  return {
    names(identifiers) {
      const fitting = identifiers.filter((identifier) => {
        left -= Buffer.byteLength(identifier)
        return left >= 0
      })
      if (fitting.length < identifiers.length && !isCounted) {
        isCounted = true
        count('outcomeBytes')
      }
      return fitting
    },
  }
}

/** Whether a definition says the same: a server may order the members of its objects anew. */
function isSame({ definitionText }: StoredFeature, listed: CheckedFeature): boolean {
  if (definitionText === listed.definitionText) return true
  return isDeepStrictEqual(JSON.parse(definitionText), JSON.parse(listed.definitionText))
}

/** One list: what is listed, against what is stored. */
class ListComparison {
  readonly #kind: FeatureKind
  readonly #listed: Exclude<ListedFeature, { error: unknown }>
  readonly #forgetting: Forgetting<StoredRow>
  readonly #options: CompareFeaturesOptions
  readonly #seen = new Set<string>()
  readonly #redefined: FeatureRedefinition[] = []
  readonly #removed: FeatureId[] = []
  readonly #added: string[] = []
  readonly #updated: string[] = []
  readonly #deleted: string[] = []
  #unchanged = 0

  constructor(kind: FeatureKind, listed: Exclude<ListedFeature, { error: unknown }>, options: CompareFeaturesOptions) {
    this.#kind = kind
    this.#listed = listed
    this.#options = options
    this.#forgetting = createForgetting<StoredRow>(listed.features, options)
  }

  get surplus(): readonly FeatureId[] {
    return this.#forgetting.surplus
  }

  take(stored: StoredFeature): void {
    const { id, identifier, identifierHash: name, removedAt } = stored
    if (this.#forgetting.sift([{ ...stored, name }]).length === 0) return
    const listed = this.#listed.features.get(name)
    if (!listed) {
      if (removedAt !== null) return
      this.#removed.push(id)
      this.#deleted.push(identifier)
      return
    }
    this.#seen.add(name)
    const isUnchanged = isSame(stored, listed)
    if (isUnchanged && removedAt === null) {
      this.#unchanged += 1
      return
    }
    const { definition, definitionText } = listed
    this.#redefined.push({ id, definition, definitionText })
    if (removedAt === null) this.#updated.push(identifier)
    else this.#added.push(identifier)
  }

  end(room: NamesRoom): { readonly difference: ListDifference; readonly writes: readonly Write[] } {
    const { at } = this.#options
    const inserted = [...this.#listed.features].flatMap(([name, listed]) =>
      this.#seen.has(name) ? [] : [this.#toRecord(listed)],
    )
    const added = [...inserted.map(({ identifier }) => identifier), ...this.#added]
    const writes: Write[] = []
    // An identifier that comes back under a new id needs its place.
    if (this.#forgetting.replaced.length > 0) writes.push({ kind: 'forgetFeatures', ids: this.#forgetting.replaced })
    if (inserted.length > 0) writes.push({ kind: 'insertFeatures', features: inserted })
    if (this.#redefined.length > 0) writes.push({ kind: 'redefineFeatures', features: this.#redefined, at })
    if (this.#removed.length > 0) writes.push({ kind: 'removeFeatures', ids: this.#removed, at })
    const difference = {
      added: room.names(added),
      updated: room.names(this.#updated),
      deleted: room.names(this.#deleted),
      addedCount: added.length,
      updatedCount: this.#updated.length,
      deletedCount: this.#deleted.length,
      unchangedCount: this.#unchanged,
      rejected: this.#listed.rejected,
      error: null,
    }
    return { difference, writes }
  }

  #toRecord({ identifier, definition, definitionText }: CheckedFeature): FeatureRecord {
    const { serverId, at } = this.#options
    const kind = this.#kind
    // The definition was checked to be of this kind.
    return {
      id: createId(idKindOf[kind]),
      serverId,
      kind,
      identifier,
      definition,
      definitionText,
      firstSeenAt: at,
      updatedAt: at,
      removedAt: null,
    } as FeatureRecord
  }
}

const emptyList = { features: new Map<string, CheckedFeature>(), rejected: [], ttlMs: undefined }

/** The outcome of a list that stays as it was. */
function brokenList(error: unknown): ListDifference {
  return { ...nothingListed, error: toJobError(error) }
}

/** What lists stand at once none of their writes can be stored: each that has an entry is broken. */
export function asBroken(differences: Partial<ListDifferences>, error: JobError): Partial<ListDifferences> {
  const names = Object.values(memberOf).filter((name) => differences[name])
  return Object.fromEntries(names.map((name) => [name, { ...nothingListed, error: differences[name]?.error ?? error }]))
}

export function hasListChanges(difference: ListDifference | undefined): boolean {
  return difference !== undefined && difference.addedCount + difference.updatedCount + difference.deletedCount > 0
}

/**
 * Finds the writes that make the stored resources, templates and prompts of a server those that it lists; ids stay. A list
 * that could not be read stays as it was. Holds one page of the stored ones at a time.
 */
export async function compareFeatures(
  stored: AsyncIterable<readonly StoredFeature[]>,
  listed: ListedFeatures,
  options: CompareFeaturesOptions,
): Promise<FeatureComparison> {
  const comparisons = new Map<FeatureKind, ListComparison>()
  const known = new Set<FeatureKind>(listed.keys())
  for (const kind of featureKinds) {
    const list = listed.get(kind) ?? emptyList
    if (!('error' in list)) comparisons.set(kind, new ListComparison(kind, list, options))
  }
  let chars = 0
  for await (const page of stored) {
    for (const each of page) {
      if (chars > charsPerLook) {
        chars = 0
        if (slices.isOver) await slices.next()
      }
      chars += each.definitionText.length
      comparisons.get(each.kind)?.take(each)
      if (each.removedAt === null) known.add(each.kind)
    }
  }
  const room = createNamesRoom(options.meter)
  const differences: { -readonly [Member in keyof ListDifferences]?: ListDifference } = {}
  const writes: Write[] = []
  for (const kind of featureKinds) {
    if (!known.has(kind)) continue
    const comparison = comparisons.get(kind)
    const list = listed.get(kind)
    if (!comparison) {
      if (list && 'error' in list) differences[memberOf[kind]] = brokenList(list.error)
      continue
    }
    const ended = comparison.end(room)
    differences[memberOf[kind]] = ended.difference
    writes.push(...ended.writes)
  }
  return { differences, writes, surplus: [...comparisons.values()].flatMap(({ surplus }) => surplus) }
}
