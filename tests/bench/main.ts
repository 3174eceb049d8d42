/**
 * The first half of `npm run bench`: what sealing, opening, appending and reading cost, each beside the least that anybody could
 * do in its place, in the same run. What counts is the ratio: the machine is in both. Prints a table.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { Bench } from 'tinybench'
import { openMysql, openSqlite } from '../../server/database.ts'
import { openers } from '../contracts/databases.ts'
import { startMariadb } from '../support/databases/mariadb.ts'
import { comparePages, compareAppends } from './log-pairs.ts'
import type { Pair } from './pair.ts'
import { compareMessages } from './message-pairs.ts'

const EACH_MS = 2000

const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-bench-'))
const mariadb = await startMariadb(path.join(folder, 'database'))
process.env['TEST_MARIADB_ADMIN_URL'] = mariadb.adminUrl
const [onSqlite, onMariadb] = [await openers.SQLite(), await openers.MariaDB()]
const bareSqlite = openSqlite(path.join(folder, 'bare.sqlite'))
const bareMariadb = openMysql(mariadb.url)
try {
  const pairs: readonly Pair[] = [
    ...(await compareMessages()),
    await compareAppends('SQLite', onSqlite.db, bareSqlite),
    await compareAppends('MariaDB', onMariadb.db, bareMariadb),
    await comparePages('SQLite', onSqlite.db, bareSqlite),
    await comparePages('MariaDB', onMariadb.db, bareMariadb),
  ]
  const rows = []
  for (const pair of pairs) rows.push(await measure(pair))
  console.table(rows) // oxlint-disable-line no-console -- the figures are what this is run for
  process.stdout.write(`load of the machine: ${loadavg()[0]}\n`)
} finally {
  await Promise.all([onSqlite.remove(), onMariadb.remove(), bareSqlite.destroy(), bareMariadb.destroy()])
  await mariadb.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Medians in microseconds. */
async function measure({ name, against, ours, reference }: Pair): Promise<Record<string, string | number>> {
  const bench = new Bench({ time: EACH_MS, throws: true }).add('ours', ours).add('reference', reference)
  await bench.run()
  const [own = NaN, least = NaN] = bench.tasks.map(({ result }) =>
    'latency' in result ? result.latency.p50 * 1000 : NaN,
  )
  return {
    name,
    against,
    us: Math.round(own),
    'reference us': Math.round(least),
    ratio: Number((own / least).toFixed(1)),
  }
}
