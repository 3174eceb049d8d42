/**
 * A job for deployments with several servers: brings the schema up to date, gives the run-time role its rights, and makes the
 * keys of a database that has no accounts yet. Servers with MIGRATE=0 wait for it and need neither the migrator's password nor
 * the right to write their keys.
 */
import path from 'node:path'
import { readConfig } from './config.ts'
import { openDatabase } from './database.ts'
import { readEnvironment } from './environment.ts'
import { migrateWith } from './migrate.ts'
import { openSecrets } from './secrets.ts'
import { hasAccounts } from './stores/accounts.ts'

try {
  const config = readConfig(await readEnvironment(process.env))
  const db = openDatabase(config)
  try {
    await migrateWith(config.migrateDatabaseUrl, db)
    await openSecrets(path.join(config.dataDir, 'secrets'), { mayMake: !(await hasAccounts(db)) })
  } finally {
    await db.destroy()
  }
  process.stdout.write('The database and the keys are ready.\n')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
