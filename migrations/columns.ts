/** Column types that SQLite and MySQL name differently. */
import type { Knex } from 'knex'

export const isMysql = (knex: Knex): boolean => knex.client.config.client === 'mysql2'

/** The spellings every table is made of; times are milliseconds since 1970, ids are up to 2^53 - 1. */
export interface Columns {
  readonly bytes: (name: string, sizeBytes: number) => Knex.ColumnBuilder
  readonly bytesUpTo: (name: string, mostBytes: number) => Knex.ColumnBuilder
  readonly ascii: (name: string, mostBytes: number) => Knex.ColumnBuilder
  readonly number: (name: string) => Knex.ColumnBuilder
  /** Any Unicode. */
  readonly text: (name: string, mostCharacters: number) => Knex.ColumnBuilder
}

/**
 * Creates a table. MySQL commits each statement of a migration by itself, so one that was cut off is run again from its
 * beginning, and an empty table that it left is made anew: its indexes may be missing. Throws when there are rows in it.
 */
export async function createTable(
  knex: Knex,
  name: string,
  build: (columns: Columns, table: Knex.CreateTableBuilder) => void,
): Promise<void> {
  if (await knex.schema.hasTable(name)) {
    if ((await knex(name).first()) !== undefined)
      throw new Error(
        `The table ${name} holds rows, but the database does not know the step that makes it: restore a whole backup.`,
      )
    await knex.schema.dropTable(name)
  }
  await knex.schema.createTable(name, (table) => {
    if (isMysql(knex)) table.engine('InnoDB')
    build(columnsOf(knex, table), table)
  })
}

/** Adds the columns that a table does not have yet: on MySQL a step that was cut off leaves some of them behind. */
export async function addColumns(
  knex: Knex,
  name: string,
  build: (columns: Columns) => Readonly<Record<string, () => Knex.ColumnBuilder>>,
): Promise<void> {
  const present = await knex(name).columnInfo()
  await knex.schema.alterTable(name, (table) => {
    for (const [column, add] of Object.entries(build(columnsOf(knex, table))))
      if (!Object.hasOwn(present, column)) add()
  })
}

/** Adds an index on one column of a table, unless it is there already. */
export async function addIndex(knex: Knex, table: string, column: string): Promise<void> {
  const name = `${table}_${column}_index`
  if (!isMysql(knex))
    return void (await knex.raw('create index if not exists ?? on ?? (??)', [name, table, column]))
  const there = await knex('information_schema.statistics')
    .where({ table_schema: knex.raw('database()'), table_name: table, index_name: name })
    .first('index_name')
  if (there === undefined) await knex.schema.alterTable(table, (altered) => altered.index([column], name))
}

function columnsOf(knex: Knex, table: Knex.CreateTableBuilder): Columns {
  const column = (name: string, mysql: string, sqlite: string): Knex.ColumnBuilder =>
    table.specificType(name, isMysql(knex) ? mysql : sqlite)
  return {
    bytes: (name, size) => column(name, `binary(${size})`, 'blob'),
    bytesUpTo: (name, most) => column(name, `varbinary(${most})`, 'blob'),
    ascii: (name, most) =>
      column(
        name,
        `${most > 65_535 / 4 ? 'mediumtext' : `varchar(${most})`} character set ascii collate ascii_bin`,
        'text',
      ),
    number: (name) => column(name, 'bigint', 'integer'),
    text: (name, most) => column(name, `varchar(${most}) character set utf8mb4`, 'text'),
  }
}
