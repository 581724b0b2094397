import { createServer } from 'node:http'
import { createRegistry } from '@toolyard/core'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
