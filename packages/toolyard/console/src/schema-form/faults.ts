import { branchOf, choiceAt } from './choice.ts'
import { type FieldInfo, fieldOf } from './field-of.ts'
import { isRecord, isSame, listOf, numberOf, pointerTo, type Schema, valueText } from './schema.ts'

/** What is wrong with a value, in words, and where. */
export interface Fault {
  /** JSON Pointer into the value. */
  readonly pointer: string
  readonly message: string
}

/** The branch that was chosen at a pointer, unless the value decides. */
export type ChosenBranches = ReadonlyMap<string, number>

/** Most faults that are listed. */
const maxFaults = 100
/** Deepest nesting of choices about one value. */
const maxChoices = 8

const plural = (count: number, one: string) => (count === 1 ? `1 ${one}` : `${count} ${one}s`)

function textFault({ minLength, maxLength }: Schema, value: string): string | undefined {
  const { length } = [...value]
  const least = numberOf(minLength)
  const most = numberOf(maxLength)
  if (least !== undefined && length < least) return length === 0 ? 'Required' : `At least ${plural(least, 'character')}`
  return most !== undefined && length > most ? `At most ${plural(most, 'character')}` : undefined
}

function numberFault(schema: Schema, value: number, isInteger: boolean): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema
  if (isInteger && !Number.isInteger(value)) return 'A whole number'
  const least = numberOf(minimum)
  const most = numberOf(maximum)
  const above = numberOf(exclusiveMinimum)
  const below = numberOf(exclusiveMaximum)
  if (least !== undefined && value < least) return `At least ${least}`
  if (above !== undefined && value <= above) return `More than ${above}`
  if (most !== undefined && value > most) return `At most ${most}`
  return below !== undefined && value >= below ? `Less than ${below}` : undefined
}

function listFault({ minItems, maxItems, uniqueItems }: Schema, value: readonly unknown[]): string | undefined {
  const least = numberOf(minItems)
  const most = numberOf(maxItems)
  if (least !== undefined && value.length < least) return `At least ${plural(least, 'item')}`
  if (most !== undefined && value.length > most) return `At most ${plural(most, 'item')}`
  const isTwice =
    uniqueItems === true &&
    value.length <= 500 &&
    value.some((each, index) => value.slice(0, index).some((other) => isSame(each, other)))
  return isTwice ? 'Each item only once' : undefined
}

/** What is wrong with the value itself, not with its members. */
function ownFault(info: FieldInfo, value: unknown): string | undefined {
  switch (info.kind) {
    case 'OPTIONS': {
      if (info.options.some((option) => isSame(option.value, value))) return undefined
      const labels = info.options.slice(0, 20).map(({ label }) => label)
      return `One of ${labels.join(', ')}${info.options.length > 20 ? ', …' : ''}`
    }
    case 'CONSTANT':
      return isSame(info.value, value) ? undefined : `Always ${valueText(info.value).slice(0, 200)}`
    case 'TEXT':
      return typeof value === 'string' ? textFault(info.schema, value) : 'Enter a text'
    case 'NUMBER':
      return typeof value === 'number' ? numberFault(info.schema, value, info.isInteger) : 'Enter a number'
    case 'BOOLEAN':
      return typeof value === 'boolean' ? undefined : 'Yes or no'
    case 'SET':
    case 'LIST':
      return Array.isArray(value) ? listFault(info.schema, value) : 'Enter a list'
    case 'OBJECT':
      return isRecord(value) ? undefined : 'Enter an object'
    default:
      return undefined
  }
}

/** Collects faults, as deep as the value goes. */
class FaultSearch {
  readonly faults: Fault[] = []
  readonly #root: Schema
  readonly #chosen: ChosenBranches

  constructor(root: Schema, chosen: ChosenBranches) {
    this.#root = root
    this.#chosen = chosen
  }

  check(schema: Schema, pointer: string, value: unknown, isRequired: boolean, choices = 0): void {
    if (this.faults.length >= maxFaults) return
    const info = fieldOf(schema, this.#root, value)
    if (value === undefined) {
      if (isRequired) this.#add(pointer, 'Required')
      return
    }
    if (value === null && info.isNullable) return
    if (info.kind === 'CHOICE') {
      const branch = info.branches[this.#chosen.get(choiceAt(pointer, choices)) ?? branchOf(info, this.#root, value)]
      // A choice may name itself without end.
      if (branch && choices < maxChoices) this.check(branch.schema, pointer, value, isRequired, choices + 1)
      return
    }
    const message = ownFault(info, value)
    if (message !== undefined) this.#add(pointer, message)
    this.#checkMembers(info, pointer, value)
  }

  #checkMembers(info: FieldInfo, pointer: string, value: unknown): void {
    if (info.kind === 'OBJECT' && isRecord(value)) {
      for (const { name, schema, isRequired } of info.members)
        this.check(schema, pointerTo(pointer, name), Object.hasOwn(value, name) ? value[name] : undefined, isRequired)
      const known = new Set(info.members.map(({ name }) => name))
      for (const [name, each] of Object.entries(value))
        if (info.entries && !known.has(name)) this.check(info.entries, pointerTo(pointer, name), each, true)
    }
    if (info.kind === 'LIST') {
      for (const [index, each] of listOf(value).entries()) {
        const of = info.prefix[index] ?? info.items
        if (of) this.check(of, pointerTo(pointer, index), each, true)
      }
    }
  }

  #add(pointer: string, message: string): void {
    this.faults.push({ pointer, message })
  }
}

/**
 * Says in words what a person can see to be wrong: what is missing, and what is outside its limits. Of a choice it checks
 * the chosen branch only. It is never stricter than the schema; what it does not check, the API does.
 */
export function faultsOf(root: Schema, value: unknown, chosen: ChosenBranches): readonly Fault[] {
  const search = new FaultSearch(root, chosen)
  search.check(root, '', value, true)
  return search.faults
}
