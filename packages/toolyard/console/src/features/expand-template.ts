interface Operator {
  readonly first: string
  readonly separator: string
  readonly isNamed: boolean
  /** What follows the name of an empty value. */
  readonly ifEmpty: string
  readonly allowsReserved: boolean
}

const operator = (
  first: string,
  separator: string,
  rest: Partial<Pick<Operator, 'isNamed' | 'ifEmpty' | 'allowsReserved'>> = {},
): Operator => ({ first, separator, isNamed: false, ifEmpty: '', allowsReserved: false, ...rest })

/** RFC 6570, appendix A. */
const operators: Readonly<Record<string, Operator>> = {
  '': operator('', ','),
  '+': operator('', ',', { allowsReserved: true }),
  '#': operator('#', ',', { allowsReserved: true }),
  '.': operator('.', '.'),
  '/': operator('/', '/'),
  ';': operator(';', ';', { isNamed: true }),
  '?': operator('?', '&', { isNamed: true, ifEmpty: '=' }),
  '&': operator('&', '&', { isNamed: true, ifEmpty: '=' }),
}

const expression = /\{([+#./;?&]?)([^{}]*)\}/g
const variable = /^([^:*]+)(?::(\d{1,4})|(\*))?$/

interface Variable {
  readonly name: string
  /** Longest value, in characters. */
  readonly length: number
}

function variablesIn(list: string): readonly Variable[] {
  return list.split(',').flatMap((each) => {
    const [, name, length] = variable.exec(each.trim()) ?? []
    return name === undefined
      ? []
      : [{ name, length: length === undefined ? Number.POSITIVE_INFINITY : Number(length) }]
  })
}

function encoded(value: string, { allowsReserved }: Operator): string {
  const all = encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  if (!allowsReserved) return all
  // Reserved characters, and what is encoded already, stay as they are.
  return value
    .toWellFormed()
    .split(/(%[0-9a-f]{2}|[\w.~:/?#[\]@!$&'()*+,;=-]+)/i)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('')
}

/** The names of the variables of a URI template, each once. */
export function variablesOfTemplate(template: string): readonly string[] {
  const names = [...template.matchAll(expression)].flatMap(([, , list = '']) => variablesIn(list))
  return [...new Set(names.map(({ name }) => name))]
}

/** Expands a URI template (RFC 6570) with texts. A variable without a value is left out, as the RFC has it. */
export function expandTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(expression, (_, sign: string, list: string) => {
    const found = operators[sign] ?? operator('', ',')
    const parts = variablesIn(list).flatMap(({ name, length }) => {
      const value = values[name]
      if (value === undefined) return []
      const text = encoded([...value].slice(0, length).join(''), found)
      if (!found.isNamed) return [text]
      return [text === '' ? `${name}${found.ifEmpty}` : `${name}=${text}`]
    })
    return parts.length === 0 ? '' : `${found.first}${parts.join(found.separator)}`
  })
}
