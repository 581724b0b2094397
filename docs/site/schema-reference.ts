import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql'

/** One page for each kind of type: its path, its title, and what it is about. */
const kinds = [
  { page: 'objects', title: 'Objects', has: isObjectType },
  { page: 'interfaces', title: 'Interfaces', has: isInterfaceType },
  { page: 'unions', title: 'Unions', has: isUnionType },
  { page: 'inputs', title: 'Inputs', has: isInputObjectType },
  { page: 'enums', title: 'Enums', has: isEnumType },
  { page: 'scalars', title: 'Scalars', has: isScalarType },
] as const

/** Descriptions are Markdown already; what Vue or HTML would take for their own is escaped. */
const words = (text: string | null | undefined) => (text ?? '').replaceAll('<', '&lt;').replaceAll('{{', '&#123;&#123;')
const inCell = (text: string | null | undefined) =>
  words(text)
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')

function linkTo(type: GraphQLType): string {
  const named = getNamedType(type)
  const text = `\`${String(type)}\``
  const page = kinds.find(({ has }) => has(named))?.page
  if (page === undefined || isSpecifiedScalarType(named)) return text
  return `[${text}](/reference/graphql/${page}.md#${named.name.toLowerCase()})`
}

function inputOf({
  defaultValue,
  name,
  type,
  description,
  deprecationReason,
}: GraphQLArgument | GraphQLInputField): string {
  const fallback = defaultValue === undefined ? '' : ` Default: \`${JSON.stringify(defaultValue)}\`.`
  const old = deprecationReason ? ` **Deprecated:** ${inCell(deprecationReason)}` : ''
  return `| \`${name}\` | ${linkTo(type)} | ${inCell(description)}${fallback}${old} |`
}

const table = (what: string, rows: readonly string[]) => `| ${what} | type | |\n| --- | --- | --- |\n${rows.join('\n')}`

const enumTable = (rows: readonly string[]) => `| value | |\n| --- | --- |\n${rows.join('\n')}`

/** A field as a row; its arguments follow in its last cell. */
function fieldOf({ name, type, description, args, deprecationReason }: GraphQLField<unknown, unknown>): string {
  const taken = args.map((arg) => `<br>\`${arg.name}\`: ${linkTo(arg.type)} ${inCell(arg.description)}`).join('')
  const old = deprecationReason ? ` **Deprecated:** ${inCell(deprecationReason)}` : ''
  return `| \`${name}\` | ${linkTo(type)} | ${inCell(description)}${old}${taken} |`
}

function bodyOf(type: GraphQLNamedType, schema: GraphQLSchema): string {
  if (isUnionType(type)) return `One of ${type.getTypes().map(linkTo).join(', ')}.`
  if (isEnumType(type))
    return enumTable(type.getValues().map(({ name, description }) => `| \`${name}\` | ${inCell(description)} |`))
  if (isInputObjectType(type)) return table('field', Object.values(type.getFields()).map(inputOf))
  if (!isObjectType(type) && !isInterfaceType(type)) return ''
  const interfaces = type.getInterfaces().map(linkTo).join(', ')
  const implementing = isInterfaceType(type) ? schema.getPossibleTypes(type).map(linkTo).join(', ') : ''
  return [
    ...(interfaces === '' ? [] : [`Implements ${interfaces}.`]),
    ...(implementing === '' ? [] : [`Implemented by ${implementing}.`]),
    table('field', Object.values(type.getFields()).map(fieldOf)),
  ].join('\n\n')
}

function rootPage(title: string, type: GraphQLNamedType | null | undefined, scopes: string): string {
  if (!isObjectType(type)) throw new Error(`The schema has no type for ${title}`)
  const fields = Object.values(type.getFields()).map((field) => {
    const args = field.args.length === 0 ? '' : `\n\n${table('argument', field.args.map(inputOf))}`
    return `## ${field.name}\n\n${words(field.description)}\n\nAnswers ${linkTo(field.type)}.${args}`
  })
  return `# ${title}\n\n${scopes}\n\n${fields.join('\n\n')}\n`
}

/** The reference of the GraphQL API, from its SDL: pages by their path on the site. */
export function schemaReference(sdl: string): ReadonlyMap<string, string> {
  const schema = buildSchema(sdl)
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  const intro =
    'Generated from [`schema.graphql`](/source/packages/graphql/schema-graphql.md); [by example](/graphql.md).'
  const pages = new Map([
    ['reference/graphql/queries.md', rootPage('Queries', schema.getQueryType(), intro)],
    ['reference/graphql/mutations.md', rootPage('Mutations', schema.getMutationType(), intro)],
    ['reference/graphql/subscriptions.md', rootPage('Subscriptions', schema.getSubscriptionType(), intro)],
  ])
  const types = Object.values(schema.getTypeMap())
    .filter(
      (type) =>
        !type.name.startsWith('__') && !isSpecifiedScalarType(type) && !roots.has(isObjectType(type) ? type : null),
    )
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
  for (const { page, title, has } of kinds) {
    const sections = types
      .filter((type) => has(type))
      .map((type) => `## ${type.name}\n\n${words(type.description)}\n\n${bodyOf(type, schema)}`)
    pages.set(`reference/graphql/${page}.md`, `# ${title}\n\n${intro}\n\n${sections.join('\n\n')}\n`)
  }
  return pages
}

export function readSchema(root: string): string {
  return readFileSync(`${root}/packages/graphql/schema.graphql`, 'utf8')
}
