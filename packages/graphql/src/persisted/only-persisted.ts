import { type DocumentNode, GraphQLError, type ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { canonicalText } from './canonical-text.ts'

const code = 'OPERATION_NOT_PERSISTED'

/** Refuses documents that are not one of `documents`, but for what `canonicalText` leaves out. */
export function onlyDocuments(documents: readonly DocumentNode[]): ValidationRule {
  const known = new Set(documents.map(canonicalText))
  return (context) => ({
    Document(document) {
      if (known.has(canonicalText(document))) return
      const advice =
        'add its document to the manifest (--persisted-operations, or persistedOperations of createHandler), or let others be executed (without --only-persisted, or onlyPersisted)'
      const message = `The operation is none of the persisted ones, and no other is executed here: ${advice}`
      context.reportError(new GraphQLError(message, { extensions: { code } }))
    },
  })
}

/** Validates with that rule, and says nothing else of what it refuses: the rest would tell of the schema. */
export const onlyPersisted = (documents: readonly DocumentNode[]): Plugin => {
  const rule = onlyDocuments(documents)
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(rule)
      return ({ result, setResult }) => {
        const refusals = result.filter((error) => error instanceof GraphQLError && error.extensions.code === code)
        if (refusals.length > 0) setResult(refusals)
      }
    },
  }
}
