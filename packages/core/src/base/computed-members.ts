type Computations<Source, Members> = { readonly [Name in keyof Members]: (source: Source) => Members[Name] }

/**
 * Returns the function that adds `Members` to an object: own members, each computed from `source` whenever it is read.
 *
 * For the accessors of an object literal V8 makes functions anew for each object, and keeps them in the old generation with
 * all that they refer to, until it is collected as a whole. Here all objects share them.
 */
export function computedMembers<Source extends object, Members extends object>(
  computations: Computations<Source, Members>,
): <Own extends object>(own: Own, source: Source) => Own & Members {
  const from = Symbol('source')
  const accessors = Object.entries<(source: Source) => unknown>(computations).map(([name, compute]) => {
    const get = function (this: { readonly [from]: Source }): unknown {
      return compute(this[from])
    }
    return [name, { get, enumerable: true, configurable: true }] as const
  })
  return <Own extends object>(own: Own, source: Source) => {
    Object.defineProperty(own, from, { value: source })
    for (const [name, accessor] of accessors) Object.defineProperty(own, name, accessor)
    // Each computation has defined its member.
    return own as Own & Members
  }
}
