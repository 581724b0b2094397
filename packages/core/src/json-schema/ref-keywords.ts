import { evaluate, type Plan } from './evaluate.ts'
import { quoted } from './issues.ts'
import { type Keyword, unknown } from './keyword.ts'
import type { Resource } from './resources.ts'

const leadsNowhere = (keyword: string, target: string) =>
  unknown(`what ${keyword} ${quoted(target)} asks for: it does not compile, as it leads out of the input schema`)

const ref: Keyword = ({ $ref: target }, planner) => {
  if (typeof target !== 'string') return undefined
  const plan = planner.planOf(target)
  if (!plan) return leadsNowhere('$ref', target)
  return (value, run, place, evaluated) => evaluate(plan, value, run, place, evaluated)
}

/** JSON Schema 2020-12, 8.2.3.2: the outermost resource with a dynamic anchor of the name provides it. */
const dynamicRef: Keyword = ({ $dynamicRef: target }, planner) => {
  if (typeof target !== 'string') return undefined
  const plan = planner.planOf(target)
  if (!plan) return leadsNowhere('$dynamicRef', target)
  const name = target.slice(target.indexOf('#') + 1)
  if (!plan.resource.dynamicAnchors.has(name)) return (...args) => evaluate(plan, ...args)
  const anchored = (resource: Resource): Plan | undefined => {
    const schema = resource.dynamicAnchors.get(name)
    return schema && planner.planIn(schema, resource)
  }
  return (value, run, place, evaluated) => {
    run.steps.take(run.scope.length)
    const outermost = run.scope.find((resource) => resource.dynamicAnchors.has(name))
    return evaluate((outermost && anchored(outermost)) ?? plan, value, run, place, evaluated)
  }
}

/** JSON Schema 2019-09, 8.2.4.2.1. */
const recursiveRef: Keyword = ({ $recursiveRef: target }, planner) => {
  if (typeof target !== 'string') return undefined
  const plan = planner.planOf(target)
  if (!plan) return leadsNowhere('$recursiveRef', target)
  const isRecursive = ({ root }: Resource) => root.$recursiveAnchor === true
  return (value, run, place, evaluated) => {
    run.steps.take(run.scope.length)
    const outermost = isRecursive(plan.resource) ? run.scope.find(isRecursive) : undefined
    const target = outermost ? planner.planIn(outermost.root, outermost) : plan
    return evaluate(target, value, run, place, evaluated)
  }
}

export const refKeywords: readonly Keyword[] = [ref]
export const refKeywordsOf2019: readonly Keyword[] = [recursiveRef]
export const refKeywordsOf2020: readonly Keyword[] = [dynamicRef]
