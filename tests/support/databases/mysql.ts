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
 * @param options more options of mysqld
 */
export async function startMysql(
  folder: string,
  cacheFolder: string,
  options: readonly string[] = [],
): Promise<DatabaseServer> {
  const packages = await unpackMysql(cacheFolder)
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
    ...options,
  ])
}

/** The command that runs one of MySQL's own programs for those who operate it. */
export async function mysqlCommand(
  cacheFolder: string,
  program: 'mysql' | 'mysqlbinlog' | 'mysqldump',
): Promise<string[]> {
  const packages = await unpackMysql(cacheFolder)
  return [
    ...commandOf(packages, `usr/bin/${program}`),
    '--no-defaults',
    `--character-sets-dir=${path.join(packages, 'usr/share/mysql/charsets')}`,
  ]
}

/** About 66 MB the first time. */
function unpackMysql(cacheFolder: string): Promise<string> {
  return unpackUnstable({ cacheFolder, names: PACKAGES, program: PROGRAM })
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
