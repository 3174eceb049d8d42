/** MariaDB as Debian packages it, on a port and in a folder of its own. */
import { runStep } from '../run-step.ts'
import { type DatabaseServer, prepareServer, startServer } from './server-process.ts'

/**
 * @param folder absolute; is emptied first
 * @param options more options of mariadbd
 */
export async function startMariadb(folder: string, options: readonly string[] = []): Promise<DatabaseServer> {
  const place = await prepareServer(folder)
  await runStep('mariadb-install-db', [
    '--no-defaults',
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    ...place.options.filter((option) => /^--(user|datadir)=/.test(option)),
  ])
  return startServer(place, [
    'mariadbd',
    '--no-defaults',
    '--sql-mode=STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
    ...options,
  ])
}
