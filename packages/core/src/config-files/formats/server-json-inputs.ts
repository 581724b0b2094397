import type { DeclaredVariable, FoundText } from './client-format.ts'
import type { Members } from './members.ts'
import { entriesOf, membersOf } from './members.ts'
import { singleBraces, type Variable, type VariableText } from './variable-text.ts'

/** The variables of the document; reading its inputs adds to them. */
export type Declarations = Map<string, DeclaredVariable>

/** Declares a variable; answers whether it is required. */
function declare(declarations: Declarations, name: string, input: Members): boolean {
  const isRequired = input.boolean('isRequired') ?? false
  const declared = {
    description: input.text('description') ?? null,
    isSecret: input.boolean('isSecret') ?? false,
    fallback: input.text('default') ?? null,
  }
  // The first input declares a variable that several inputs share.
  if (!declarations.has(name)) declarations.set(name, declared)
  return isRequired
}

/** A text whose `{NAME}` are variables if they are declared beside it; other braces stay. */
export function templateText(
  declarations: Declarations,
  text: string,
  variables: unknown,
  path: readonly string[],
): FoundText {
  const known = new Map<string, string | null>()
  const optional = new Set<string>()
  for (const [name, value] of variables === undefined ? [] : entriesOf(variables, path)) {
    const input = membersOf(value, [...path, name])
    const isRequired = declare(declarations, name, input)
    const fallback = input.text('default') ?? null
    known.set(name, fallback)
    if (!isRequired && fallback === null) optional.add(name)
  }
  const value = singleBraces(text, known)
  const onlyWith = value.find((part): part is Variable => typeof part !== 'string' && optional.has(part.name))?.name
  return { value, ...(onlyWith === undefined ? {} : { onlyWith }) }
}

/**
 * The text of an input: its `value` with the variables in it, or else a variable called `name`. An input that is neither
 * required nor has a default is left out unless it is given.
 */
export function inputText(declarations: Declarations, input: Members, name: string): FoundText {
  const value = input.text('value')
  const variables = input.any('variables')
  if (value !== undefined) return templateText(declarations, value, variables, [...input.path, 'variables'])
  const isRequired = declare(declarations, name, input)
  const fallback = input.text('default') ?? null
  const text: VariableText = [{ name, fallback }]
  return { value: text, ...(isRequired || fallback !== null ? {} : { onlyWith: name }) }
}

/** Writes the declarations of variables of an exported server. */
export function writeVariables(variables: readonly Variable[], isSecret: boolean): object {
  const described = variables.map(({ name, fallback }) => [
    name,
    { isRequired: true, ...(isSecret ? { isSecret } : {}), ...(fallback === null ? {} : { default: fallback }) },
  ])
  return described.length > 0 ? { variables: Object.fromEntries(described) } : {}
}

export const writeSingleBraces = ({ name }: Variable): string => `{${name}}`
