import { describe, expect, it } from 'vitest'
import { asked, connect, serve } from '../../../../../test/fixtures/mcp/modern-session.ts'
import { type Asked, openEvents } from '../../../../../test/fixtures/mcp/scripted-http.ts'
import { discoverResult, refuse } from '../../../../../test/fixtures/mcp/scripted-modern.ts'
import type { McpSession } from '../session.ts'

describe('the subscription', () => {
  const follows = (session: McpSession, uri: string) =>
    session.followResource(uri, {
      ...asked,
      takeTurn: () => Promise.reject(new Error('It needs no request of its own')),
    })
  const filterOf = (of: Asked | undefined) => Object(of?.params.notifications)
  const updating = { resources: { subscribe: true, listChanged: true }, tools: { listChanged: true } }

  it('of other resources takes the place of the one before once it is acknowledged, so that nothing is missed', async () => {
    const streams: { asked: Asked; acknowledge: () => ReturnType<typeof openEvents>; isOpen: boolean }[] = []
    const server = await serve((request) => {
      if (request.method !== 'subscriptions/listen') return false
      const send = openEvents(request)
      const params = {
        notifications: filterOf(request),
        _meta: { 'io.modelcontextprotocol/subscriptionId': request.id },
      }
      const stream = {
        asked: request,
        acknowledge: () => {
          send({ method: 'notifications/subscriptions/acknowledged', params })
          return send
        },
        isOpen: true,
      }
      request.response.once('close', () => {
        stream.isOpen = false
      })
      streams.push(stream)
      if (streams.length === 1) stream.acknowledge()
      return true
    })
    const session = connect(server, { ...discoverResult, capabilities: updating })
    const notices: unknown[] = []
    session.onResourceNotice((notice) => notices.push(notice))
    await expect.poll(() => streams.length).toBe(1)
    const following = Promise.all([follows(session, 'a'), follows(session, 'b'), follows(session, 'a')])
    await expect.poll(() => streams.length).toBe(2)
    expect(filterOf(streams[1]?.asked)).toEqual({
      toolsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ['a', 'b'],
    })
    expect(streams.map(({ isOpen }) => isOpen)).toEqual([true, true])
    const send = streams[1]?.acknowledge()
    await following
    await expect.poll(() => streams.map(({ isOpen }) => isOpen)).toEqual([false, true])
    send?.({ method: 'notifications/resources/updated', params: { uri: 'a' } })
    await expect.poll(() => notices).toEqual([{ kind: 'UPDATED', uri: 'a' }])
    await Promise.all([session.unfollowResource('a', { ...asked, takeTurn: async () => () => undefined })])
    await expect.poll(() => streams.length).toBe(3)
    streams[2]?.acknowledge()
    await expect.poll(() => streams.map(({ isOpen }) => isOpen)).toEqual([false, false, true])
    expect(notices).toHaveLength(1)
  })

  it('of a resource that the server does not honour finds nothing, and that of others goes on', async () => {
    const server = await serve((request) => {
      if (request.method !== 'subscriptions/listen') return false
      const { resourceSubscriptions = [], ...lists } = filterOf(request)
      const honoured = resourceSubscriptions.filter((uri: string) => uri !== 'none')
      openEvents(request)({
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { ...lists, resourceSubscriptions: honoured } },
      })
      return true
    })
    const session = connect(server, { ...discoverResult, capabilities: updating })
    const [none, some] = await Promise.allSettled([follows(session, 'none'), follows(session, 'some')])
    expect(none).toMatchObject({ reason: { code: 'NOT_FOUND', path: ['uri'] } })
    expect(some.status).toBe('fulfilled')
  })

  it('of resources is not asked for by a server that cannot have it, and each follower is refused', async () => {
    const server = await serve((request) => request.method === 'subscriptions/listen' && refuse(request, 404, -32601))
    const session = connect(server, { ...discoverResult, capabilities: { resources: { subscribe: true } } })
    await expect(follows(session, 'a')).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
    expect(session.isOpen).toBe(true)
    await session.close()
    await expect(follows(session, 'a')).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
  })
})
