import { createRegistry } from '@toolyard/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'

const onCall = (script: string) =>
  scriptedStdio(`on((message) => { if (message.method === 'tools/call') { ${script} } answer(message) })`)
afterEach(() => {
  vi.unstubAllEnvs()
})

describe.runIf(process.platform === 'linux')('the limits of a stdio server', () => {
  it('let no process take more memory', async () => {
    await using registry = await createRegistry({ stdio: { limits: { memoryBytes: 1024 ** 3 } } })
    await registered(registry, 'a', onCall('Buffer.alloc(1.5 * 1024 ** 3, 1)'))
    const { status, error } = await registry.tools.run({ server: 'a', tool: 'echo' })
    expect(status).toBe('OUTCOME_UNKNOWN')
    expect(error?.message).toContain('the server exited with code 1')
    expect(error?.stderrTail.join('\n')).toMatch(/allocat/i)
  })

  it('let no process take more of the processor', async () => {
    await using registry = await createRegistry({ stdio: { limits: { cpuSeconds: 1 } } })
    await registered(registry, 'a', onCall('for (;;);'))
    const { status, error } = await registry.tools.run({ server: 'a', tool: 'echo' })
    expect(status).toBe('OUTCOME_UNKNOWN')
    expect(error?.message).toContain('the server was ended by SIGXCPU')
    // The next request restarts it.
    await using other = await createRegistry({ stdio: { limits: { cpuSeconds: 1 } } })
    await registered(other, 'b', onCall(''))
    expect(await other.tools.run({ server: 'b', tool: 'echo' })).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('leave the words for a command that is not there as they are', async () => {
    await using registry = await createRegistry({ stdio: { limits: { cpuSeconds: 1 } } })
    const config = { transport: 'stdio' as const, command: 'no-such-command' }
    await expect(registered(registry, 'a', config)).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('the command "no-such-command" was not found'),
    })
  })

  it('are refused where nothing sets them, or they are no numbers', async () => {
    const tooMany = createRegistry({ stdio: { limits: { memoryBytes: 0 } } })
    await expect(tooMany).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['stdio', 'limits', 'memoryBytes'] })
    vi.stubEnv('PATH', '/nowhere')
    const missing = createRegistry({ stdio: { limits: { cpuSeconds: 1 } } })
    await expect(missing).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['stdio', 'limits'] })
    await expect(missing).rejects.toThrow('prlimit (util-linux), which sets the limits, was not found in PATH')
    await (await createRegistry()).close()
  })
})
