import { parseId, type TenantId } from '../../base/ids.ts'
import type { FeatureKind } from '../../model/feature.ts'
import type { Search, SearchTerm } from '../../model/tool-search.ts'
import { joinedMark, nameMark } from '../../search/entry-words.ts'

/** Prefixes of the tenant, the server and the kind of an entry, which are indexed with its words. No word has such a character. */
export const tenantMark = '@'
export const serverMark = '#'
export const kindMark = '-'
/** Servers by which the index is filtered at most: more cost more than they exclude. */
const maxServers = 20

/** A query of the index. Tokens have no quotes, as words are letters and digits. */
export type MatchExpression =
  | { readonly token: string; readonly isPrefix: boolean }
  | { readonly all: readonly MatchExpression[] }
  | { readonly any: readonly MatchExpression[] }

const exactly = (token: string): MatchExpression => ({ token, isPrefix: false })

/** Matches a word, a whole name, or all parts of the word. */
function termExpression({ word, parts, isPrefix }: SearchTerm, mark: string): MatchExpression {
  const token = (each: string): MatchExpression => ({ token: mark + each, isPrefix: isPrefix && each.length > 1 })
  return {
    any: [token(word), exactly(joinedMark + word), ...(parts.length > 0 ? [{ all: parts.map(token) }] : [])],
  }
}

/** The place of a search: everywhere, names alone, or a name equal to the query. */
export type SearchPlace = 'ANYWHERE' | 'NAMES' | 'SAME_NAME'

export function matchExpression(
  tenant: TenantId,
  {
    query: { terms, joined },
    match,
    filter: { serverId, kind },
  }: Search<{ readonly serverId?: readonly string[]; readonly kind?: FeatureKind }>,
  place: SearchPlace,
  found: 'WHOLE' | 'BEGUN',
  joinsKind: boolean,
): MatchExpression {
  const servers = serverId?.flatMap((id) => parseId('server', id) ?? []) ?? []
  const isFew = servers.length > 0 && servers.length <= maxServers
  const mark = place === 'NAMES' ? nameMark : ''
  const words = terms.map((term) => termExpression(found === 'WHOLE' ? { ...term, isPrefix: false } : term, mark))
  return {
    all: [
      place === 'SAME_NAME' ? exactly(joinedMark + joined) : match === 'ALL' ? { all: words } : { any: words },
      ...(isFew ? [{ any: servers.map((id) => exactly(serverMark + id)) }] : []),
      ...(kind && !joinsKind ? [exactly(kindMark + kind.toLowerCase())] : []),
      exactly((kind && joinsKind ? kindMark + kind.toLowerCase() : '') + tenantMark + tenant),
    ],
  }
}

function render(
  expression: MatchExpression,
  token: (text: string, isPrefix: boolean) => string,
  and: string,
  or: string,
): string {
  if ('token' in expression) return token(expression.token, expression.isPrefix)
  const [parts, sign] = 'all' in expression ? [expression.all, and] : [expression.any, or]
  return `(${parts.map((part) => render(part, token, and, or)).join(sign)})`
}

/** Renders a query for FTS5 of SQLite. */
export function toFts5(expression: MatchExpression): string {
  return render(expression, (text, isPrefix) => `"${text}"${isPrefix ? ' *' : ''}`, ' AND ', ' OR ')
}

/** Renders a tsquery of PostgreSQL. */
export function toTsquery(expression: MatchExpression): string {
  return render(expression, (text, isPrefix) => `'${text}'${isPrefix ? ':*' : ''}`, ' & ', ' | ')
}
