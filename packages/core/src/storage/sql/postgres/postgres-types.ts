import pg from 'pg'

const int8 = 20

/** Parses int8 as a number: counts and times in ms are far below the largest safe integer. */
export const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser: (id, format) => (id === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(id, format)),
}
