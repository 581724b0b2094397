/** An expression of a URI template, without its operator (RFC 6570, section 2.2). */
const expressions = /\{[+#./;?&=,!@|]?([^{}]*)\}/g
/** A length, or the mark that a list is spread (RFC 6570, section 2.4). */
const modifier = /(?::\d+|\*)$/

/** The names of the variables of a URI template, each once. */
export function variablesOfTemplate(uriTemplate: string): readonly string[] {
  const names = [...uriTemplate.matchAll(expressions)].flatMap(([, list = '']) =>
    list.split(',').map((each) => each.trim().replace(modifier, '')),
  )
  return [...new Set(names.filter((name) => name !== ''))]
}
