import type { DeclaredVariable } from '../formats/client-format.ts'

/** A variable of a file that was not given. */
export interface ImportVariable {
  readonly name: string
  readonly description: string | null
  /** Its entries cannot be imported without it. */
  readonly required: boolean
  readonly secret: boolean
  /** What is taken where it is not given; null also where that is a secret itself. */
  readonly default: string | null
}

/** Where an entry asks for a variable that was not given. */
export interface VariableUse {
  readonly name: string
  readonly isRequired: boolean
  /** It stands in an env value, a header or a token. */
  readonly isSecret: boolean
  readonly fallback: string | null
}

/** Each variable once, in the order of their coming. */
export function requiredVariables(
  uses: readonly VariableUse[],
  declared: ReadonlyMap<string, DeclaredVariable>,
): readonly ImportVariable[] {
  const byName = Map.groupBy(uses, ({ name }) => name)
  return [...byName].map(([name, of]) => {
    const said = declared.get(name)
    const secret = said?.isSecret ?? of.some(({ isSecret }) => isSecret)
    const fallback = of.find((use) => use.fallback !== null)?.fallback ?? null
    return {
      name,
      description: said?.description ?? null,
      required: of.some(({ isRequired }) => isRequired),
      secret,
      default: secret ? null : fallback,
    }
  })
}
