import { PassThrough } from 'node:stream'
import type { AuthAnswer } from '@toolyard/core'
import { expect, it } from 'vitest'
import { CommandError, exitCodes, UsageError } from '../base/command-error.ts'
import { awaitAuthorization, UnusedAnswerError } from './await-authorization.ts'
import { type CallbackListener, listenForCallback } from './callback-listener.ts'
import { type PastedLines, readPastedLines } from './pasted-lines.ts'

const state = 'a-state'

interface Given {
  readonly complete?: (answer: AuthAnswer) => Promise<string>
  readonly pasted?: PastedLines
  readonly signal?: AbortSignal
  readonly waitMs?: number
}

function awaited(listener: CallbackListener, given: Given) {
  const { complete = async ({ code = 'no code' }) => code, pasted, signal = new AbortController().signal } = given
  const rest = given.waitMs === undefined ? {} : { waitMs: given.waitMs }
  return awaitAuthorization({
    state,
    serverName: 'a',
    listener,
    pasted,
    complete,
    onUnusable: () => undefined,
    signal,
    ...rest,
  })
}

const lines = (text: string) => {
  const stdin = new PassThrough()
  stdin.end(text)
  return readPastedLines({ stdin, stderr: new PassThrough() })
}

it('completes with the answer of the browser, which sees how that ended', async () => {
  await using listener = await listenForCallback(0)
  const connecting = awaited(listener, {})
  const page = await fetch(`${listener.redirectUri}?code=c&state=${state}`)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<h1>Connected: <bdi>a</bdi></h1>')])
  expect(await connecting).toBe('c')
})

it('shows the browser why the server is not connected', async () => {
  await using listener = await listenForCallback(0)
  const complete = () => Promise.reject(new CommandError(exitCodes.failed, 'It was <refused>'))
  const connecting = awaited(listener, { complete })
  const rejected = expect(connecting).rejects.toThrow('It was <refused>')
  const page = await fetch(`${listener.redirectUri}?code=c&state=${state}`)
  expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('<p>It was &lt;refused&gt;</p>')])
  await rejected
})

it('ends after the time that it may take, and with the reason of its signal', async () => {
  await using listener = await listenForCallback(0)
  await expect(awaited(listener, { waitMs: 20 })).rejects.toThrow('No answer came from the browser')
  const controller = new AbortController()
  const connecting = awaited(listener, { signal: controller.signal })
  controller.abort(new CommandError(exitCodes.failed, 'ended by SIGINT'))
  await expect(connecting).rejects.toThrow('ended by SIGINT')
})

it('takes a pasted address, and skips empty lines', async () => {
  await using listener = await listenForCallback(0)
  using pasted = lines(`\n\nhttp://127.0.0.1/callback?code=pasted&state=${state}\n`)
  expect(await awaited(listener, { pasted })).toBe('pasted')
})

it('waits for the browser if nothing is pasted', async () => {
  await using listener = await listenForCallback(0)
  using pasted = lines('')
  const connecting = awaited(listener, { pasted })
  await fetch(`${listener.redirectUri}?code=c&state=${state}`)
  expect(await connecting).toBe('c')
})

it('rejects with what is wrong with a pasted line where none follows', async () => {
  await using listener = await listenForCallback(0)
  using foreign = lines('http://127.0.0.1/callback?code=c&state=another\n')
  await expect(awaited(listener, { pasted: foreign })).rejects.toBeInstanceOf(UsageError)
  using code = lines('a-code\n')
  const complete = () => Promise.reject(new UnusedAnswerError('iss: expected the issuer'))
  await expect(awaited(listener, { pasted: code, complete })).rejects.toThrow('iss: expected the issuer')
})
