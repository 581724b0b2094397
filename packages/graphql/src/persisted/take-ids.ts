import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { ResolveQuery } from './persisted-documents.ts'

/** Puts the text of a persisted document in the place of its id. */
export const takeIds = (resolveQuery: ResolveQuery): Plugin => ({
  onParams({ request, params, setParams }) {
    // Of a URL, yoga reads only the parameters that it knows.
    const ofUrl = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : undefined
    const query = resolveQuery(ofUrl ? { ...params, documentId: ofUrl } : params)
    if (query instanceof GraphQLError) throw query
    if (query !== undefined && query !== params.query) setParams({ ...params, query })
  },
})
