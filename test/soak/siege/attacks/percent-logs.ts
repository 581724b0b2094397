import { scriptedStdio } from '../../../fixtures/mcp/scripted-stdio.ts'
import { type Attack, atATime } from '../attack.ts'

const stdio = scriptedStdio(`
const text = '%2541'.repeat(3_400_000)
on((message) => {
  if (message.method === 'tools/call') {
    send({ method: 'notifications/message', params: { level: 'info', data: text } })
    process.stderr.write('%2541'.repeat(10_000) + '\\n')
  }
  answer(message)
})`)

/** Log lines of 17 MB that are encoded twice. */
export const attack: Attack = async (attacker, signal) => {
  const { command, args } = stdio
  const id = await attacker.addServer('percents', { stdio: { command, args } })
  await attacker.refresh(id)
  await attacker.begin()
  await atATime(signal, 2, () => attacker.run('percents', 'echo'))
}
