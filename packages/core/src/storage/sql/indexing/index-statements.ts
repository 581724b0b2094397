import { kindMark, serverMark, tenantMark } from '../match-expression.ts'
import type { EntryTable } from '../schema.ts'

/** The SQL that fills the index of a table. Each text takes one parameter. */
export interface IndexStatements {
  /** The condition that the index has no words of a row. */
  readonly isLacking: string
  /** The column by which entries are added, in ascending order. */
  readonly key: string
  /** Add entries, of which another process may have added some. */
  readonly add: readonly string[]
  /** Remove entries whose words are others than those in an object by their ids. */
  readonly removeChanged: readonly string[]
  /** Remove the entries that meet a condition on the table. */
  readonly remove: (condition: string) => readonly string[]
}

export interface Indexing extends Readonly<Record<EntryTable, IndexStatements>> {
  /**
   * Whether features are indexed by their kind and tenant as one word, so that a search reads no more words than one of
   * tools does. Nodes of the version before, which may share a PostgreSQL, do not index it.
   */
  readonly joinsKind: boolean
  /**
   * Locks the marks of servers, in a table and with parameters for the tenant and the servers as a list, until the end of the
   * transaction; `isTaken` is the condition that a server is one of those. Undefined if transactions exclude each other.
   */
  readonly lock:
    | {
        readonly marks: (table: string, other: 'WAIT' | 'SKIP') => string
        readonly isTaken: (column: string) => string
      }
    | undefined
}

/** The indexed text of a tool, beside the words. */
const tool = `'${tenantMark}' || tools.tenant || ' ${serverMark}' || tools.server_id || tools.words || servers.words`
const joinedKind = `' ${kindMark}' || lower(features.kind) || '${tenantMark}' || features.tenant`
const feature = (words: string) =>
  `'${tenantMark}' || features.tenant || ' ${serverMark}' || features.server_id || ' ${kindMark}' || lower(features.kind)
    || ${words} || servers.words`

const noTool = 'not exists (select 1 from tool_index_docsize where id = tools.doc)'
const noFeature = 'not exists (select 1 from feature_index_docsize where id = feature_words.doc)'
const wordsOf = (condition: string) =>
  `select doc from feature_words where feature_id in (select features.id from features where ${condition})`
const changedTools = `select tools.doc from json_each(?) as changed cross join tools on tools.id = changed.key
  where tools.words <> changed.value`
const changedWords = `select feature_words.doc from json_each(?) as changed
  cross join feature_words on feature_words.feature_id = changed.key where feature_words.words <> changed.value`

/** Tools by their numbers; of features a list of id, words, and time of the definition that these are of. */
export const sqliteIndexing: Indexing = {
  joinsKind: true,
  lock: undefined,
  tools: {
    isLacking: noTool,
    key: 'doc',
    add: [
      `insert into tool_index (rowid, words) select tools.doc, ${tool}
      from json_each(?) as added cross join tools on tools.doc = added.value
      cross join servers on servers.id = tools.server_id where ${noTool} order by tools.doc`,
    ],
    removeChanged: [`delete from tool_index where rowid in (${changedTools})`],
    remove: (condition) => [`delete from tool_index where rowid in (select tools.doc from tools where ${condition})`],
  },
  features: {
    isLacking: 'not exists (select 1 from feature_words where feature_id = features.id)',
    key: 'id',
    add: [
      `insert into feature_words (feature_id, words) select features.id, added.value ->> 1
      from json_each(?) as added cross join features on features.id = added.value ->> 0
        and features.updated_at = added.value ->> 2 where true on conflict (feature_id) do nothing`,
      `insert into feature_index (rowid, words) select feature_words.doc, ${feature(`${joinedKind} || feature_words.words`)}
      from json_each(?) as added cross join feature_words on feature_words.feature_id = added.value ->> 0
      cross join features on features.id = feature_words.feature_id cross join servers on servers.id = features.server_id
      where ${noFeature} order by feature_words.doc`,
    ],
    removeChanged: [
      `delete from feature_index where rowid in (${changedWords})`,
      `delete from feature_words where doc in (${changedWords})`,
    ],
    remove: (condition) => [
      `delete from feature_index where rowid in (${wordsOf(condition)})`,
      `delete from feature_words where doc in (${wordsOf(condition)})`,
    ],
  },
}

const items = 'json_array_elements_text(?::json)'
const vectorOf = (text: string) =>
  `array_to_tsvector(array_remove(string_to_array(translate(${text}, E'\\n', ' '), ' '), ''))`
/** The servers whose marks this transaction has locked. */
const taken = "json_array_elements_text(current_setting('toolyard.indexed_servers')::json)"
const isTaken = (column: string) => `${column} in (select value from ${taken})`

/** `offset 0` keeps PostgreSQL from reading all of an index of which it has no statistics yet. */
const isAbsent = (index: string, id: string, of: string) =>
  `not exists (select 1 from ${index} where ${id} = ${of}.id offset 0)`

/** Tools by their ids; features as on SQLite. */
export const postgresIndexing: Indexing = {
  joinsKind: false,
  lock: {
    marks: (
      table,
      other,
    ) => `select set_config('toolyard.indexed_servers', coalesce(json_agg(server_id), '[]')::text, true)
      from (select server_id from ${table} where tenant = ? and server_id in (select value from ${items})
        order by server_id for update${other === 'SKIP' ? ' skip locked' : ''}) as locked`,
    isTaken,
  },
  tools: {
    isLacking: isAbsent('tool_index', 'tool_id', 'tools'),
    key: 'id',
    add: [
      `insert into tool_index (tool_id, vector) select tools.id, ${vectorOf(tool)}
      from ${items} as added(id) join tools on tools.id = added.id join servers on servers.id = tools.server_id
      where ${isTaken('tools.server_id')} order by tools.id on conflict (tool_id) do nothing`,
    ],
    removeChanged: [
      `delete from tool_index where tool_id in (select tools.id from json_each_text(?::json) as changed
        join tools on tools.id = changed.key where tools.words <> changed.value)`,
    ],
    remove: (condition) => [`delete from tool_index where tool_id in (select tools.id from tools where ${condition})`],
  },
  features: {
    isLacking: isAbsent('feature_index', 'feature_id', 'features'),
    key: 'id',
    add: [
      `insert into feature_index (feature_id, words, vector)
      select features.id, added.item ->> 1, ${vectorOf(feature('(added.item ->> 1)'))}
      from json_array_elements(?::json) as added(item) join features on features.id = added.item ->> 0
        and features.updated_at = (added.item ->> 2)::bigint
      join servers on servers.id = features.server_id
      where ${isTaken('features.server_id')} order by features.id on conflict (feature_id) do nothing`,
    ],
    removeChanged: [
      `delete from feature_index using json_each_text(?::json) as changed
        where feature_index.feature_id = changed.key and feature_index.words <> changed.value`,
    ],
    remove: (condition) => [
      `delete from feature_index where feature_id in (select features.id from features where ${condition})`,
    ],
  },
}
