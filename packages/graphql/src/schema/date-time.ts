import { type ASTNode, GraphQLError, GraphQLScalarType, Kind } from 'graphql'

const pattern =
  /^(\d{4})-(0[1-9]|1[012])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** Returns the instant that an RFC 3339 text names. Throws GraphQLError, which quotes the text, if it names none. */
function parse(text: string, nodes?: ASTNode): Date {
  const upper = text.toUpperCase()
  const [, year, month, day] = pattern.exec(upper) ?? []
  const date = new Date(upper)
  // Date takes the 30th of February for a day in March.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  if (day !== undefined && Number(day) <= lastDay && !Number.isNaN(date.getTime())) return date
  throw new GraphQLError(`DateTime cannot represent an invalid date-time-string ${text}.`, { nodes: nodes ?? null })
}

/** RFC 3339 instants. */
export const dateTime = new GraphQLScalarType<Date, Date>({
  name: 'DateTime',
  serialize(value) {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value
    throw new GraphQLError('DateTime cannot represent an invalid Date instance')
  },
  parseValue(value) {
    if (typeof value === 'string') return parse(value)
    throw new GraphQLError(`DateTime cannot represent non string or Date type ${JSON.stringify(value)}`)
  },
  parseLiteral(node) {
    if (node.kind === Kind.STRING) return parse(node.value, node)
    const value = 'value' in node && node.value
    throw new GraphQLError(`DateTime cannot represent non string or Date type ${value}`, { nodes: node })
  },
})
