import { setTimeout } from 'node:timers/promises'
import { createClient } from 'graphql-ws'

interface FeedData extends Record<string, unknown> {
  readonly mcpServerEvents: { readonly cursor: string }
}
declare const key: string
declare const feed: string
declare function take(data: FeedData): string
