import type { Output } from '../output/output.ts'
import { shown } from '../output/printable.ts'
import { isObject, propertiesOf, requiredOf, type Schema, typeInWords, typesOf } from '../tools/schema.ts'
import { type Typed, typedItems, typedValue } from '../tools/typed-value.ts'
import { choicesOf } from './choices.ts'
import type { Questions } from './questions.ts'

/** The values of a form so far, and the faults that the registry found in them, by field. */
export interface FormDraft {
  readonly values: Readonly<Record<string, unknown>>
  readonly faults: ReadonlyMap<string, string>
}

const flags: Readonly<Record<string, boolean>> = { y: true, yes: true, n: false, no: false }

/** Reads what a person typed for a field. */
function fieldValue(root: Schema, field: Schema, text: string): Typed {
  const types = typesOf(root, field)
  const choices = choicesOf(root, field)
  const meant = (typed: string) => choices.find(({ title }) => title === typed)?.value ?? typed
  if (types.length === 1 && types[0] === 'boolean') {
    const flag = flags[text.trim().toLowerCase()]
    if (flag !== undefined) return { value: flag }
  }
  if (types.length === 1 && types[0] === 'array' && !text.trimStart().startsWith('[')) {
    const texts = text.split(',').map((each) => meant(each.trim()))
    return typedItems(root, field, texts)
  }
  return typedValue(root, field, meant(text))
}

function textOf(field: Schema, key: 'title' | 'description'): string | undefined {
  const text = field[key]
  return typeof text === 'string' && text !== '' ? shown(text) : undefined
}

function typeOf(root: Schema, field: Schema): string {
  const types = typesOf(root, field)
  if (types.length === 1 && types[0] === 'boolean') return 'y/n'
  const words = typeInWords(root, field)
  return types.length === 1 && types[0] === 'array' ? 'several, by commas' : words
}

/** What a person has to know of a field, in parentheses: `string, optional`. */
export function fieldHint(root: Schema, field: Schema, isRequired: boolean): string {
  const fallback = field.default
  const rest = fallback !== undefined ? [`default ${JSON.stringify(fallback)}`] : isRequired ? [] : ['optional']
  return shown([typeOf(root, field), ...rest].join(', '))
}

/** The name of a field, and its title if it has one. */
export function fieldName(name: string, field: Schema): string {
  const title = textOf(field, 'title')
  return title === undefined || title === name ? shown(name) : `${title} [${shown(name)}]`
}

interface AskFieldOptions {
  readonly root: Schema
  readonly name: string
  readonly field: Schema
  readonly isRequired: boolean
}

/** Asks until the answer is of the field's type. `value: undefined` leaves the field out. Undefined: the person has left. */
async function askField(
  questions: Questions,
  output: Output,
  { root, name, field, isRequired }: AskFieldOptions,
): Promise<{ readonly value: unknown } | undefined> {
  const description = textOf(field, 'description')
  if (description !== undefined) output.note(output.styleNote('dim', description))
  for (const { value, title } of choicesOf(root, field)) output.note(`  ${shown(value)}  ${shown(title)}`)
  const label = output.styleNote('bold', fieldName(name, field))
  const prompt = `${label} (${fieldHint(root, field, isRequired)}): `
  for (;;) {
    const text = await questions.ask(prompt)
    if (text === undefined) return undefined
    if (text === '' && (!isRequired || field.default !== undefined)) return { value: undefined }
    const typed = text === '' ? { expected: 'a value' } : fieldValue(root, field, text)
    if ('value' in typed) return { value: typed.value }
    output.note(output.styleNote('red', `expected ${shown(typed.expected)}`))
  }
}

/**
 * Asks for the fields of a form one by one; of a draft with faults, only for the fields at fault, with the reasons.
 * Undefined if the person has left.
 */
export async function askFields(
  questions: Questions,
  output: Output,
  root: Schema,
  draft?: FormDraft,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const required = new Set(requiredOf(root, root))
  const properties = [...propertiesOf(root, root)]
  const isAtFault = ([name]: readonly [string, Schema]) => draft?.faults.has(name)
  // A fault of the form as a whole names no field.
  const asked = properties.some(isAtFault) ? properties.filter(isAtFault) : properties
  const values = new Map(Object.entries(isObject(draft?.values) ? draft.values : {}))
  for (const [name, field] of asked) {
    const fault = draft?.faults.get(name)
    if (fault !== undefined) output.note(output.styleNote('red', `${shown(name)}: ${shown(fault)}`))
    const answered = await askField(questions, output, { root, name, field, isRequired: required.has(name) })
    if (!answered) return undefined
    if (answered.value === undefined) values.delete(name)
    else values.set(name, answered.value)
  }
  return Object.fromEntries(values)
}
