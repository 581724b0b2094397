const template = /\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:\|([^}]*))?\}\}/g

/** A variable that a template asks for. */
export interface TemplateVariable {
  readonly name: string
  /** Somewhere it has no default. */
  readonly isRequired: boolean
}

/** The variables that the templates of the texts ask for, each once, in the order of their coming. */
export function variablesOf(texts: readonly string[]): readonly TemplateVariable[] {
  const found = texts.flatMap((text) =>
    [...text.matchAll(template)].flatMap(([, name, fallback]) =>
      name === undefined ? [] : [{ name, isRequired: fallback === undefined }],
    ),
  )
  return mergeVariables(found)
}

/** Each once; required where it is so anywhere. */
export function mergeVariables(variables: readonly TemplateVariable[]): readonly TemplateVariable[] {
  const merged = new Map<string, boolean>()
  for (const { name, isRequired } of variables) merged.set(name, isRequired || merged.get(name) === true)
  return [...merged].map(([name, isRequired]) => ({ name, isRequired }))
}

/** The text with its templates filled. A variable that is not given takes its default, or nothing. */
export function fillTemplates(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(template, (_, name: string, fallback: string | undefined) =>
    // Object.hasOwn: a template called constructor must not find Object's.
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : (fallback ?? '').trim(),
  )
}
