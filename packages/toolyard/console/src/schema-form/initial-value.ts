import { fieldOf } from './field-of.ts'
import { isRecord, isSame, numberOf, type Schema } from './schema.ts'

/** Most objects and items created unasked. A required member may require itself without end. */
const maxCreated = 60

interface Budget {
  left: number
}

function itemsOf(items: Schema | undefined, count: number, root: Schema, budget: Budget): readonly unknown[] {
  const list: unknown[] = []
  for (let index = 0; index < Math.min(count, 20) && budget.left > 0 && items; index += 1)
    list.push(create(items, root, true, budget))
  return list
}

function objectOf(info: ReturnType<typeof fieldOf> & { kind: 'OBJECT' }, root: Schema, budget: Budget): Schema {
  const members = info.members.flatMap(({ name, schema, isRequired }) => {
    const value = create(schema, root, isRequired, budget)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(members)
}

function create(of: Schema, root: Schema, isRequired: boolean, budget: Budget): unknown {
  const info = fieldOf(of, root, undefined)
  if (info.kind === 'CONSTANT') return info.value
  const { default: preset } = info.schema
  // An optional object or list that nothing touches is not sent: the server has the default, too.
  if (preset !== undefined && (isRequired || (preset !== null && typeof preset !== 'object'))) return preset
  if (!isRequired) return undefined
  if (info.isNullable) return null
  budget.left -= 1
  if (budget.left < 0) return undefined
  switch (info.kind) {
    case 'OBJECT':
      return objectOf(info, root, budget)
    case 'LIST': {
      const count = Math.max(info.prefix.length, numberOf(info.schema.minItems) ?? 0)
      const first = info.prefix.map((each) => create(each, root, true, budget))
      return [...first, ...itemsOf(info.items, count - first.length, root, budget)]
    }
    case 'SET':
      return []
    case 'CHOICE': {
      const [first] = info.branches
      return first && create(first.schema, root, true, budget)
    }
    case 'OPTIONS':
      return info.options.length === 1 ? info.options[0]?.value : undefined
    case 'BOOLEAN':
      return false
    default:
      return undefined
  }
}

/** The value with which a field that is required begins: constants, defaults, and the objects that hold them. */
export function initialValue(schema: Schema, root: Schema): unknown {
  return create(schema, root, true, { left: maxCreated })
}

/** The value of an object in which nothing was entered. */
export function initialObject(schema: Schema, root: Schema): Schema {
  const info = fieldOf(schema, root, undefined)
  return info.kind === 'OBJECT' ? objectOf(info, root, { left: maxCreated }) : {}
}

/** Whether an object has only what a form put there itself. */
export const isUntouched = (value: Schema, schema: Schema, root: Schema): boolean =>
  Object.keys(value).length === 0 || isSame(value, initialObject(schema, root))

/** The value with which a form of an object begins. */
export function initialForm(schema: Schema): Schema {
  const root = { ...schema, type: 'object' }
  const value = initialValue(root, root)
  return isRecord(value) ? value : {}
}
