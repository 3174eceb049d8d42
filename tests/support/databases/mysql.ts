/** MySQL, which Debian's stable release does not carry: unpacked from its unstable one, without installing anything. */
import path from 'node:path'
import { runStep } from '../run-step.ts'
import { commandOf, unpackUnstable } from '../unstable-packages.ts'
import { type DatabaseServer, prepareServer, startServer } from './server-process.ts'

const PACKAGES = ['mysql-server-core', 'mysql-client-core']
const PROGRAM = 'usr/sbin/mysqld'

/**
 * @param folder absolute; is emptied first
 * @param cacheFolder absolute; where the unpacked packages stay for the next run
 */
export async function startMysql(folder: string, cacheFolder: string): Promise<DatabaseServer> {
  // About 66 MB the first time.
  const packages = await unpackUnstable({ cacheFolder, names: PACKAGES, program: PROGRAM })
  const place = await prepareServer(folder)
  const command = mysqldCommand(packages)
  const [program = '', ...args] = command
  const initialOptions = place.options.filter(
    (option) => !/^--(init-file|port|socket|pid-file)=/.test(option),
  )
  await runStep(program, [...args, '--initialize-insecure', ...initialOptions])
  return startServer(place, [
    ...command,
    '--mysqlx=OFF',
    '--secure-file-priv=NULL',
    // The server writes a binary log, and a role without global rights is to create triggers all the same.
    '--log-bin-trust-function-creators=ON',
  ])
}

function mysqldCommand(packages: string): string[] {
  return [
    ...commandOf(packages, PROGRAM),
    '--no-defaults',
    `--basedir=${path.join(packages, 'usr')}`,
    `--plugin-dir=${path.join(packages, 'usr/lib/mysql/plugin')}`,
    `--lc-messages-dir=${path.join(packages, 'usr/share/mysql')}`,
    `--character-sets-dir=${path.join(packages, 'usr/share/mysql/charsets')}`,
  ]
}
