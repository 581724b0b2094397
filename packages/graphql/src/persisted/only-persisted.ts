import { type DocumentNode, GraphQLError, type ValidationRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { canonicalText } from './canonical-text.ts'

const code = 'OPERATION_NOT_PERSISTED'

/** Refuses documents that are not among `documents`, compared by `canonicalText`. */
function onlyDocuments(documents: readonly DocumentNode[]): ValidationRule {
  const known = new Set(documents.map(canonicalText))
  return (context) => ({
    Document(document) {
      if (known.has(canonicalText(document))) return
      const advice =
        'Add its document to the manifest (--persisted-operations, or persistedOperations of createHandler), or serve without --only-persisted (onlyPersisted).'
      const message = `The operation is not persisted, and this server executes persisted operations only. ${advice}`
      context.reportError(new GraphQLError(message, { extensions: { code } }))
    },
  })
}

/** Validates with that rule, and hides the other errors of a refused document: they would reveal the schema. */
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
