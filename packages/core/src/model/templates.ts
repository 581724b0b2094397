const template = /\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:\|([^}]*))?\}\}/g

/** A variable that a template asks for. */
export interface TemplateVariable {
  readonly name: string
  /** Whether at least one template has no default for it. */
  readonly isRequired: boolean
}

/** The variables of the templates in the texts, each once, in order of appearance. */
export function variablesOf(texts: readonly string[]): readonly TemplateVariable[] {
  const found = texts.flatMap((text) =>
    [...text.matchAll(template)].flatMap(([, name, fallback]) =>
      name === undefined ? [] : [{ name, isRequired: fallback === undefined }],
    ),
  )
  return mergeVariables(found)
}

/** Lists each variable once; it is required if it is so anywhere. */
export function mergeVariables(variables: readonly TemplateVariable[]): readonly TemplateVariable[] {
  const merged = new Map<string, boolean>()
  for (const { name, isRequired } of variables) merged.set(name, isRequired || merged.get(name) === true)
  return [...merged].map(([name, isRequired]) => ({ name, isRequired }))
}

/** Fills the templates of a text. A missing variable takes its default, or is empty. */
export function fillTemplates(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(template, (_, name: string, fallback: string | undefined) =>
    // Object.hasOwn: a template called constructor must not find Object's.
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : (fallback ?? '').trim(),
  )
}
