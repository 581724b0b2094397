import type { FieldInfo } from './field-of.ts'
import type { Schema } from './schema.ts'

/** Where a field stands and what it holds. */
export interface FieldProps {
  readonly schema: Schema
  /** JSON Pointer of its value. */
  readonly pointer: string
  readonly label: string
  readonly value: unknown
  readonly isRequired: boolean
  /** Number of choices around the field that are about the same value. */
  readonly choices?: number
  /** Whether the field is an item of a list, which is called by its number. */
  readonly isItem?: boolean
  /** Undefined removes the value. */
  readonly onChange: (value: unknown) => void
}

/** A field whose schema is known to ask for one shape. */
export interface ShapeProps<Kind extends FieldInfo['kind']> extends FieldProps {
  readonly info: Extract<FieldInfo, { readonly kind: Kind }>
}

/** The value of a field that was emptied: null where the member has to be there. */
export const emptyOf = ({ info, isRequired }: { readonly info: FieldInfo; readonly isRequired: boolean }) =>
  isRequired && info.isNullable ? null : undefined

export const labelOf = (info: FieldInfo, name: string): string => info.title ?? name
