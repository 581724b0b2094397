import type { DeclaredVariable } from '../formats/client-format.ts'

/** A variable of a file that was not given. */
export interface ImportVariable {
  readonly name: string
  readonly description: string | null
  /** Whether its entries cannot be imported without it. */
  readonly required: boolean
  readonly secret: boolean
  /** The value if it is not given; null without one, and if it is a secret. */
  readonly default: string | null
}

/** The use of a variable that was not given. */
export interface VariableUse {
  readonly name: string
  readonly isRequired: boolean
  /** Whether it is used in an env value, a header or a token. */
  readonly isSecret: boolean
  readonly fallback: string | null
}

/** Lists each variable once, in order of first use. */
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
