import type { Registry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { openApiKeys } from 'toolyard/api-keys'

declare const registry: Registry
