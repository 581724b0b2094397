import { ChoiceField } from './choice-field.tsx'
import { fieldOf } from './field-of.ts'
import { type FieldProps, labelOf } from './field-props.ts'
import { useForm } from './form-context.ts'
import { JsonField } from './json-field.tsx'
import { ListField } from './list-field.tsx'
import { NumberField } from './number-field.tsx'
import { ObjectField } from './object-field.tsx'
import { BooleanField, OptionsField, SetField } from './options-field.tsx'
import { TextField } from './text-field.tsx'

/** One value of a form, as its schema asks for it. */
export function Field({ isItem = false, ...props }: FieldProps) {
  const form = useForm()
  const info = fieldOf(props.schema, form.root, props.value)
  const label = isItem ? props.label : labelOf(info, props.label)
  const field = { ...props, label }
  switch (info.kind) {
    case 'CONSTANT':
      // Sent by the object around it.
      return null
    case 'OBJECT':
      return <ObjectField {...field} info={info} />
    case 'LIST':
      return <ListField {...field} info={info} />
    case 'SET':
      return <SetField {...field} info={info} />
    case 'OPTIONS':
      return <OptionsField {...field} info={info} />
    case 'CHOICE':
      return <ChoiceField {...field} info={info} />
    case 'TEXT':
      return <TextField {...field} info={info} />
    case 'NUMBER':
      return <NumberField {...field} info={info} />
    case 'BOOLEAN':
      return <BooleanField {...field} info={info} />
    case 'JSON':
      return <JsonField {...field} info={info} />
  }
}
