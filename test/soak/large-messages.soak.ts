import {
  describeLargeResults,
  describeUnaskedMessages,
  messagesOfTests,
  resultsOfTests,
} from '../fixtures/mcp/large-messages-suite.ts'
import { isLong } from './form.ts'

/** The short form has those that `npm test` leaves out. */
const namesBeside = (ofTests: RegExp) => (isLong ? undefined : new RegExp(`^(?!.*(?:${ofTests.source}))`))

describeLargeResults(namesBeside(resultsOfTests))
describeUnaskedMessages(namesBeside(messagesOfTests))
