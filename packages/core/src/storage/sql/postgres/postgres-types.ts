import pg from 'pg'

const int8 = 20

/** Counts, and times in ms, are far below what a number holds exactly. */
export const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser: (id, format) => (id === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(id, format)),
}
