import type { Registry } from '@toolyard/core'
import { createHandler, openApiKeys } from '@toolyard/graphql'

declare const registry: Registry
