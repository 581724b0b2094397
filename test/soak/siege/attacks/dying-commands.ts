import { type Attack, atATime } from '../attack.ts'

const servers = 100

/** Commands that end as soon as they are started, of many servers. */
export const attack: Attack = async (attacker, signal) => {
  const ids: string[] = []
  for (let n = 0; n < servers; n += 1)
    ids.push(await attacker.addServer(`dying ${n}`, { stdio: { command: '/bin/false', args: [] } }))
  let next = 0
  await attacker.begin()
  await atATime(signal, 16, () => attacker.refresh(ids[next++ % servers] ?? ''))
}
