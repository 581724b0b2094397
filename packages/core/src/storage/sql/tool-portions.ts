import type { ServerId, TenantId } from '../../base/ids.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlValue } from './statement.ts'

/** Less is done in one piece. */
const leastPortions = 10

/** A condition that is met by the tools of a server of a tenant, a portion of them for each row of parameters. */
export interface ToolPortions {
  readonly condition: string
  readonly rows: readonly (readonly SqlValue[])[]
}

/** The tools of a server in portions, each of which can be worked on in one piece; undefined where all of them can. */
export async function toolPortions(
  { all, dialect }: Pick<SqlConnection, 'all' | 'dialect'>,
  tenantId: TenantId,
  serverId: ServerId,
): Promise<ToolPortions | undefined> {
  if (!dialect.portions) return undefined
  const ends = await all<{ last: number }>(dialect.portions, [tenantId, serverId])
  if (ends.length <= leastPortions) return undefined
  // Whatever was added since is behind the last one.
  const bounds = [-1, ...ends.slice(0, -1).map(({ last }) => last), Number.MAX_SAFE_INTEGER]
  return {
    condition: 'tools.tenant = ? and tools.server_id = ? and tools.doc > ? and tools.doc <= ?',
    rows: bounds.slice(1).map((bound, index) => [tenantId, serverId, bounds[index] ?? -1, bound]),
  }
}
