import type { Server } from 'node:http'
import type { Registry } from '@toolyard/core'
import type { WebSocketBridge } from '@toolyard/graphql'

declare const registry: Registry
declare const sockets: WebSocketBridge
declare const server: Server
