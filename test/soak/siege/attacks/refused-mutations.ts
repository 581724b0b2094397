import { type Attack, atATime } from '../attack.ts'

/** Mutations that are refused, each of which is put on record. */
export const attack: Attack = async (attacker, signal) => {
  await attacker.begin()
  await atATime(signal, 8, (n) =>
    attacker.ask('mutation ($id: ID!) { deleteMcpServer(input: { id: $id }) { ... on UserError { code } } }', {
      id: `mcps_${n}`,
    }),
  )
}
