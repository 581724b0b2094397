import { deref, isObject, partsOf, type Schema } from '../tools/schema.ts'

/** A value that a field offers, with the name that people see. */
export interface Choice {
  readonly value: string
  readonly title: string
}

function titledOf(schemas: unknown): readonly Choice[] {
  if (!Array.isArray(schemas)) return []
  return schemas.filter(isObject).flatMap(({ const: value, title }) => {
    return typeof value === 'string' && typeof title === 'string' ? [{ value, title }] : []
  })
}

function namedOf({ enum: values, enumNames: names }: Schema): readonly Choice[] {
  if (!Array.isArray(values) || !Array.isArray(names)) return []
  return values.flatMap((value: unknown, index) => {
    const title: unknown = names[index]
    return typeof value === 'string' && typeof title === 'string' ? [{ value, title }] : []
  })
}

/**
 * The choices of a field that have names, whether one or several may be chosen (SEP-1330: `oneOf`, `anyOf` of the items, or
 * the older `enumNames`).
 */
export function choicesOf(root: Schema, field: Schema): readonly Choice[] {
  const parts = partsOf(root, field)
  const items = parts.flatMap(({ items: each }) => (isObject(each) ? [deref(root, each)] : []))
  return [...parts, ...items].flatMap((part) => [...titledOf(part.oneOf), ...titledOf(part.anyOf), ...namedOf(part)])
}
