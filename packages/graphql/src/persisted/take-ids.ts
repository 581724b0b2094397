import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { ResolveQuery } from './persisted-documents.ts'

/** Replaces the id of a persisted document by its text. */
export const takeIds = (resolveQuery: ResolveQuery): Plugin => ({
  onParams({ request, params, setParams }) {
    // Yoga reads only the URL parameters that it knows.
    const urlId = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : undefined
    const query = resolveQuery(urlId ? { ...params, documentId: urlId } : params)
    if (query instanceof GraphQLError) throw query
    if (query !== undefined && query !== params.query) setParams({ ...params, query })
  },
})
